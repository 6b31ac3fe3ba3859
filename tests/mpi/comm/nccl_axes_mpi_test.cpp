// NCCL's body on the fake device: under the tests of all bodies, and what is its own.

#include "comm/nccl/nccl_axes.hpp"

#include <cstring>
#include <string>

#include "comm/host_region.hpp"
#include "comm/nccl/communicator.hpp"
#include "fullshard/comm/mesh_collectives.hpp"
#include "fullshard/core/rng.hpp"
#include "fullshard/device/buffer.hpp"
#include "fullshard/device/copy.hpp"
#include "mpi/comm/bodies.hpp"
#include "support/fake_gpu/device.hpp"
#include "support/judge.hpp"

namespace fullshard::comm {

using test::judge_all_ranks;
using test::world;

namespace {

constexpr DeviceId kGpu{0};
const GiveUp kNever;

const device::Stream& stream() {
  static const device::Stream beside(kGpu);
  return beside;
}

std::unique_ptr<Collectives> all_ranks(Transfers transfers) {
  transfers.device = kGpu;
  const std::vector<std::string> one(static_cast<size_t>(world().size()), "host");
  return make_nccl_axes(world(), mesh::Mesh::from_hosts(one), transfers, stream, kNever).local;
}

/// Moves host memory to the device, lets a body work on it, and moves it back.
class ThroughDevice final : public Collectives {
 public:
  explicit ThroughDevice(std::unique_ptr<Collectives> inner) : inner_(std::move(inner)) {}
  int rank() const override { return inner_->rank(); }
  int size() const override { return inner_->size(); }
  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    on_device(dst, src, [&](DeviceSpan whole, DeviceSpan part) { inner_->all_gather(whole, part); });
  }
  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override {
    const DeviceSpan source{const_cast<std::byte*>(src.data), src.count, src.dtype};
    on_device(source, dst,
              [&](DeviceSpan whole, DeviceSpan part) { inner_->reduce_scatter(part, whole, sum); });
  }
  void all_combine(DeviceSpan inout) override {
    on_device(inout, inout, [&](DeviceSpan whole, DeviceSpan) { inner_->all_combine(whole); });
  }
  bool common_memory() const override { return inner_->common_memory(); }
  void settle() override { inner_->settle(); }
  RegionHandle allocate(Elems count, DType dtype, Sharing) override {
    return std::make_unique<HostRegion>(count, dtype);
  }

 private:
  // `part` may lie in `whole`, and does then on the device.
  template <class Work>
  void on_device(DeviceSpan whole, ConstDeviceSpan part, Work&& work) {
    const device::Stream computing = device::Stream::computing(kGpu);
    const device::Buffer all(whole.count, whole.dtype, kGpu);
    const bool inside = part.data >= whole.data && part.data < whole.data + whole.size().value;
    const device::Buffer other(inside ? Elems{0} : part.count, part.dtype, kGpu);
    const DeviceSpan there =
        inside ? all.span().slice({(part.data - whole.data) / size_of(part.dtype)}, part.count)
               : other.span();
    device::copy(all.span(), whole, computing);
    if (!inside) device::copy(there, part, computing);
    work(all.span(), there);
    stream().synchronize();
    device::copy(whole, all.span(), computing);
    if (!inside) device::copy({const_cast<std::byte*>(part.data), part.count, part.dtype}, there, computing);
  }

  std::unique_ptr<Collectives> inner_;
};

std::vector<float> sum_of_random_numbers(Collectives& c, int present) {
  const int64_t n = 1000;
  std::vector<float> src(static_cast<size_t>(n * c.size())), dst(static_cast<size_t>(n), 1);
  const CounterRng rng(5, static_cast<uint64_t>(c.rank()));
  for (size_t i = 0; i < src.size(); ++i) src[i] = static_cast<float>(rng.normal(i));
  c.reduce_scatter(device_span(std::span(dst)), device_span(std::span<const float>(src)),
                   {Accumulate::Add, present});
  return dst;
}

}  // namespace

std::vector<Body> gpu_bodies() {
  std::vector<Body> all;
  all.push_back({"NCCL in order", std::make_unique<ThroughDevice>(all_ranks({.ordered = true}))});
  return all;
}

TEST(NcclAxes, sums_by_nccls_own_ring_are_sums) {
  ThroughDevice c(all_ranks({}));
  const int64_t n = 777;
  for (const Accumulate mode : {Accumulate::Overwrite, Accumulate::Add}) {
    std::vector<double> src, dst(static_cast<size_t>(n), 5);
    for (int64_t i = 0; i < n * c.size(); ++i) src.push_back(static_cast<double>(i * (c.rank() + 1)));

    c.reduce_scatter(device_span(std::span(dst)), device_span(std::span<const double>(src)), {mode, -1});

    judge_all_ranks([&] {
      const int64_t factor = c.size() * (c.size() + 1) / 2;
      for (int64_t i = 0; i < n; ++i)
        if (dst[static_cast<size_t>(i)] !=
            static_cast<double>((c.rank() * n + i) * factor) + (mode == Accumulate::Add ? 5 : 0))
          return false;
      return true;
    });
  }
}

TEST(NcclAxes, sums_of_what_travelled_in_bf16_have_the_bits_of_those_over_MPI) {
  const std::vector<std::string> one_each = [] {
    std::vector<std::string> hosts;
    for (int r = 0; r < world().size(); ++r) hosts.push_back(std::to_string(r));
    return hosts;
  }();
  const Transfers rounded{.device = kGpu, .sum_transfer = DType::BF16};
  ThroughDevice nccl(make_nccl_axes(world(), mesh::Mesh::from_hosts(one_each), rounded, stream, kNever).node);
  const auto mpi =
      make_mpi_collectives(world().split(0, world().rank()), kNever, {.sum_transfer = DType::BF16});

  for (int present = 1; present <= world().size(); ++present) {
    const std::vector<float> here = sum_of_random_numbers(nccl, present),
                             there = sum_of_random_numbers(*mpi, present);
    judge_all_ranks([&] { return here == there; }, std::to_string(present) + " present");
  }
}

TEST(NcclAxes, leaves_no_memory_behind) {
  stream();
  const size_t before = test::fake_gpu::Device::get().allocated();
  {
    ThroughDevice c(all_ranks({.ordered = true}));
    const auto inner = all_ranks({});
    const RegionHandle region = inner->allocate({100}, DType::F32, Sharing::Own);
    sum_of_random_numbers(c, -1);
  }
  EXPECT_EQ(test::fake_gpu::Device::get().allocated(), before);
}

TEST(NcclAxes, what_nccl_finds_is_told_and_nobody_waits_for_the_others_then) {
  NcclCommunicator all(world(), kNever);

  EXPECT_THROW(all.check(ncclRemoteError, "ncclAllGather"), CommError);
}

TEST(MeshCollectives, what_a_gpu_has_not_done_stands_on_the_board) {
  const std::vector<std::string> one(static_cast<size_t>(world().size()), "host");
  ProgressBoard board;
  MeshCollectives axes(world(), mesh::Mesh::from_hosts(one), {.device = kGpu});
  axes.report_to(board, {"embed", "block 0"});
  const device::Buffer whole(Elems{8} * world().size(), DType::F32, kGpu);
  const auto gather = [&] {
    axes.along(mesh::Axis::Local)
        .all_gather(whole.span(), whole.span().slice(Elems{8} * world().rank(), {8}));
  };

  axes.submit(Flow::Weights, UnitIndex(0), gather);
  const auto last = axes.submit(Flow::Weights, UnitIndex(1), gather);
  const CollectiveProgress launched = board.read()->collectives[0];
  axes.wait(last);
  device::Stream::computing(kGpu).synchronize();
  axes.drain();
  axes.journal();  // all has happened
  const CollectiveProgress done = board.read()->collectives[0];

  judge_all_ranks([&] {
    return launched.sequence == 1 && launched.in_flight == 1 &&
           std::string(launched.unit.data()) == "embed" && done.sequence == 2 && done.in_flight == 0;
  });
}

}  // namespace fullshard::comm
