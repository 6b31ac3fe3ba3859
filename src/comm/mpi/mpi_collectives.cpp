// Host memory over MPI: the body that the others are tested against.

#include <cstring>
#include <utility>

#include "comm/host_add.hpp"
#include "fullshard/comm/collectives.hpp"
#include "fullshard/device/buffer.hpp"
#include "mpi/native.hpp"

namespace fullshard::comm {

namespace {

// MPI counts are int; pieces also keep the library's internal buffers small.
constexpr int64_t kPieceElems = int64_t{1} << 24;
// What is added lies in the second-level cache from the moment it arrives.
constexpr int64_t kSumPieceElems = int64_t{1} << 17;

MPI_Datatype mpi_type(DType t) {
  switch (t) {
    case DType::F64:
      return MPI_DOUBLE;
    case DType::F32:
      return MPI_FLOAT;
    case DType::I64:
      return MPI_INT64_T;
    case DType::I32:
      return MPI_INT32_T;
    default:
      FS_CHECK(false, "no sum over {} in host memory", name_of(t));
  }
}

class MpiCollectives final : public Collectives {
 public:
  explicit MpiCollectives(mpi::Communicator comm) : comm_(std::move(comm)) {}
  int rank() const override { return comm_.rank(); }
  int size() const override { return comm_.size(); }

  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    FS_CHECK(dst.count == src.count * size() && dst.dtype == src.dtype, "all_gather of {} x {} into {}",
             size(), src.count.value, dst.count.value);
    const DeviceSpan mine = dst.slice(src.count * rank(), src.count);
    if (mine.data != src.data) std::memcpy(mine.data, src.data, static_cast<size_t>(src.size().value));
    // Ring of neighbour exchanges: every piece travels once per hop, straight into its place.
    const int next = (rank() + 1) % size(), previous = (rank() + size() - 1) % size();
    for (int hop = 0; hop < size() - 1; ++hop) {
      const DeviceSpan out = dst.slice(src.count * ((rank() - hop + size()) % size()), src.count);
      const DeviceSpan in = dst.slice(src.count * ((rank() - hop - 1 + size()) % size()), src.count);
      exchange(out, next, in, previous);
    }
  }

  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Accumulate mode) override {
    FS_CHECK(src.count == dst.count * size() && dst.dtype == src.dtype, "reduce_scatter of {} into {} x {}",
             src.count.value, size(), dst.count.value);
    for (int64_t at = 0; at < dst.count.value; at += kSumPieceElems)
      reduce_piece(dst, src, {at}, {std::min(kSumPieceElems, dst.count.value - at)}, mode);
  }

  void all_reduce(DeviceSpan inout) override {
    for (int64_t at = 0; at < inout.count.value; at += kPieceElems) {
      const DeviceSpan piece = inout.slice({at}, {std::min(kPieceElems, inout.count.value - at)});
      mpi::check(MPI_Allreduce(MPI_IN_PLACE, piece.data, static_cast<int>(piece.count.value),
                               mpi_type(piece.dtype), MPI_SUM, native()),
                 "MPI_Allreduce");
    }
  }

 private:
  MPI_Comm native() const { return comm_.native().comm; }

  void exchange(ConstDeviceSpan out, int to, DeviceSpan in, int from) {
    for (int64_t at = 0; at < out.count.value; at += kPieceElems) {
      const Elems n{std::min(kPieceElems, out.count.value - at)};
      const ConstDeviceSpan o = out.slice({at}, n);
      const DeviceSpan i = in.slice({at}, n);
      mpi::check(
          MPI_Sendrecv(o.data, static_cast<int>(o.size().value), MPI_BYTE, to, 0, i.data,
                       static_cast<int>(i.size().value), MPI_BYTE, from, 0, native(), MPI_STATUS_IGNORE),
          "MPI_Sendrecv");
    }
  }

  // Pairwise: each round sends one rank its piece and adds the piece that arrives, in a fixed order of
  // rounds.
  void reduce_piece(DeviceSpan dst, ConstDeviceSpan src, Elems at, Elems n, Accumulate mode) {
    if (scratch_.span().count < n || scratch_.span().dtype != dst.dtype)
      scratch_ = device::Buffer({std::min(kSumPieceElems, dst.count.value)}, dst.dtype);
    const DeviceSpan arrived = scratch_.span().slice({0}, n), mine = dst.slice(at, n);
    const ConstDeviceSpan own = src.slice(dst.count * rank() + at, n);
    if (mode == Accumulate::Add)
      add_into(mine, own);
    else
      std::memcpy(mine.data, own.data, static_cast<size_t>(own.size().value));
    for (int round = 1; round < size(); ++round) {
      const int to = (rank() + round) % size(), from = (rank() + size() - round) % size();
      exchange(src.slice(dst.count * to + at, n), to, arrived, from);
      add_into(mine, arrived);
    }
  }

  mpi::Communicator comm_;
  device::Buffer scratch_;
};

}  // namespace

std::unique_ptr<Collectives> make_mpi_collectives(mpi::Communicator comm) {
  return std::make_unique<MpiCollectives>(std::move(comm));
}

}  // namespace fullshard::comm
