#include "comm/nccl/nccl_collectives.hpp"

#include <utility>

#include "comm/scratch.hpp"
#include "comm/shapes.hpp"
#include "fullshard/device/copy.hpp"

namespace fullshard::comm {

namespace {

ncclDataType_t type_of(DType dtype) {
  switch (dtype) {
    case DType::F64:
      return ncclFloat64;
    case DType::F32:
      return ncclFloat32;
    case DType::BF16:
      return ncclBfloat16;
    default:
      FS_CHECK(false, "a sum of {}", name_of(dtype));
  }
}

size_t number(Elems count) {
  return static_cast<size_t>(count.value);
}

/// From NCCL's allocator, where it can register the memory, and registered.
class NcclRegion final : public Region {
 public:
  NcclRegion(const NcclCommunicator& comm, Elems count, DType dtype, DeviceId device)
      : comm_(comm), count_(count), dtype_(dtype), device_(device) {
    if (ncclMemAlloc(&memory_, static_cast<size_t>(std::max<int64_t>(1, bytes(count, dtype).value))) !=
        ncclSuccess)
      throw std::bad_alloc();
    device::clear(span());
    // Faster where NCCL can make use of it; it says so by a handle.
    if (ncclCommRegister(comm_.get(), memory_, static_cast<size_t>(span().size().value), &registered_) !=
        ncclSuccess)
      registered_ = nullptr;
  }
  ~NcclRegion() override {
    if (registered_) ncclCommDeregister(comm_.get(), registered_);
    ncclMemFree(memory_);
  }
  DeviceSpan span() const override { return {static_cast<std::byte*>(memory_), count_, dtype_, device_}; }

 private:
  const NcclCommunicator& comm_;
  Elems count_;
  DType dtype_;
  DeviceId device_;
  void *memory_ = nullptr, *registered_ = nullptr;
};

}  // namespace

NcclCollectives::NcclCollectives(NcclCommunicator comm, int rank, int size, const Transfers& transfers,
                                 StreamInUse stream)
    : comm_(std::move(comm)), rank_(rank), size_(size), transfers_(transfers), stream_(std::move(stream)) {}

void NcclCollectives::all_gather(DeviceSpan dst, ConstDeviceSpan src) {
  check_shapes("all_gather", dst, src, size_);
  comm_.check(ncclAllGather(src.data, dst.data, static_cast<size_t>(src.size().value), ncclInt8, comm_.get(),
                            stream_().get()),
              "ncclAllGather");
}

void NcclCollectives::all_combine(DeviceSpan inout) {
  FS_CHECK(inout.size().value % 4 == 0, "{} bytes combined", inout.size().value);
  // Of equal whole numbers and zeros the largest has their bits.
  comm_.check(ncclAllReduce(inout.data, inout.data, static_cast<size_t>(inout.size().value / 4), ncclUint32,
                            ncclMax, comm_.get(), stream_().get()),
              "ncclAllReduce");
}

void NcclCollectives::reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) {
  check_shapes("reduce_scatter", src, dst, size_);
  if (sum.present < 0) sum.present = size_;
  if (sum.present == 0 || dst.count == Elems{0}) return;
  if (transfers_.ordered || sum.present < size_ || wire(dst.dtype) != dst.dtype)
    reduce_in_order(dst, src, sum);
  else
    reduce_by_ring(dst, src, sum.mode);
}

void NcclCollectives::reduce_by_ring(DeviceSpan dst, ConstDeviceSpan src, Accumulate mode) {
  const bool adds = mode == Accumulate::Add;
  const DeviceSpan to = adds ? at_least(received_, dst.count, dst.dtype, dst.device) : dst;
  comm_.check(ncclReduceScatter(src.data, to.data, number(dst.count), type_of(dst.dtype), ncclSum,
                                comm_.get(), stream_().get()),
              "ncclReduceScatter");
  if (adds) device::add(dst, to, stream_());
}

// Every rank gets its slice of each summand as it is, and adds them in the order of the tree.
void NcclCollectives::reduce_in_order(DeviceSpan dst, ConstDeviceSpan src, const Sum& sum) {
  const DeviceSpan received = at_least(received_, src.count, dst.dtype, dst.device);
  if (const DType w = wire(dst.dtype); w == dst.dtype) {
    exchange(received, src, sum.present);
  } else {
    const DeviceSpan rounded = at_least(rounded_, src.count, w, dst.device),
                     arrived = at_least(arrived_, src.count, w, dst.device);
    if (rank_ < sum.present) device::convert(rounded, src, stream_());
    exchange(arrived, rounded, sum.present);
    for (int r = 0; r < sum.present; ++r)
      if (r != rank_)
        device::convert(received.slice(dst.count * r, dst.count), arrived.slice(dst.count * r, dst.count),
                        stream_());
  }
  if (rank_ < sum.present)
    device::copy(received.slice(dst.count * rank_, dst.count), src.slice(dst.count * rank_, dst.count),
                 stream_());
  add_up(received, sum.present);
  const DeviceSpan total = received.slice({0}, dst.count);
  if (sum.mode == Accumulate::Add)
    device::add(dst, total, stream_());
  else
    device::copy(dst, total, stream_());
}

void NcclCollectives::exchange(DeviceSpan received, ConstDeviceSpan sent, int present) {
  const Elems slice{sent.count.value / size_};
  comm_.check(ncclGroupStart(), "ncclGroupStart");
  for (int peer = 0; peer < size_; ++peer) {
    if (peer == rank_) continue;
    if (rank_ < present)
      ncclSend(sent.slice(slice * peer, slice).data, number(slice), type_of(sent.dtype), peer, comm_.get(),
               stream_().get());
    if (peer < present)
      ncclRecv(received.slice(slice * peer, slice).data, number(slice), type_of(sent.dtype), peer,
               comm_.get(), stream_().get());
  }
  comm_.check(ncclGroupEnd(), "ncclGroupEnd");
}

// The first slice of `received` becomes the sum of the first `present` ones.
void NcclCollectives::add_up(DeviceSpan received, int present) const {
  const Elems slice{received.count.value / size_};
  for (int reach = 1; reach < present; reach *= 2)
    for (int r = 0; r + reach < present; r += 2 * reach)
      device::add(received.slice(slice * r, slice), received.slice(slice * (r + reach), slice), stream_());
}

RegionHandle NcclCollectives::allocate(Elems count, DType dtype, Sharing) {
  return std::make_unique<NcclRegion>(comm_, count, dtype, transfers_.device);
}

}  // namespace fullshard::comm
