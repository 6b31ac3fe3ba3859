// The ranks of one node, in memory that all of them see.
//
//   Own region     | rank 0's memory | rank 1's memory | …      a peer's copy of an address of mine is a
//                  <---- stride ---->                           multiple of the stride away
//   Common region  | one memory, of which rank r writes part r |

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "comm/host_sum.hpp"
#include "comm/mpi/shared_barrier.hpp"
#include "comm/mpi/shared_window.hpp"
#include "comm/shapes.hpp"
#include "fullshard/comm/collectives.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/kernels/streaming.hpp"

namespace fullshard::comm {

namespace {

// Per rank, for what does not lie in a region; small enough to stay in a cache.
constexpr Bytes kStage{int64_t{1} << 20};
// What a rank's memory is a multiple of: a page is near one rank only. All of it is taken, so more would
// cost.
constexpr Bytes kPage{4096};

class SharedRegion;

/// The regions that exist, to find the one that an address lies in. Outlives them.
using Regions = std::vector<const SharedRegion*>;

class SharedRegion final : public Region {
 public:
  SharedRegion(const mpi::Communicator& comm, Elems count, DType dtype, Sharing sharing, Regions& known)
      : sharing_(sharing),
        stride_{round_up(std::max<int64_t>(1, bytes(count, dtype).value), kPage.value)},
        window_(comm, stride_ * (sharing == Sharing::Own ? comm.size() : 1)),
        mine_{window_.data() + (sharing == Sharing::Own ? stride_.value * comm.rank() : 0), count, dtype},
        known_(known) {
    known_.push_back(this);
  }
  ~SharedRegion() override { std::erase(known_, this); }

  DeviceSpan span() const override { return mine_; }
  Sharing sharing() const { return sharing_; }
  bool holds(const std::byte* p) const { return p >= mine_.data && p < mine_.data + stride_.value; }
  /// Rank r's copy of what I have at `p`.
  const std::byte* of_rank(int r, const std::byte* p) const {
    return window_.data() + stride_.value * r + (p - mine_.data);
  }

 private:
  Sharing sharing_;
  Bytes stride_;
  SharedWindow window_;
  DeviceSpan mine_;
  Regions& known_;
};

class SharedMemoryCollectives final : public Collectives {
 public:
  SharedMemoryCollectives(mpi::Communicator comm, const GiveUp& give_up)
      : comm_(std::move(comm)),
        give_up_(give_up),
        control_(comm_, Bytes{sizeof(SharedBarrier)}),
        stage_(comm_, {kStage.value}, DType::U8, Sharing::Own, regions_) {
    if (comm_.rank() == 0) new (control_.data()) SharedBarrier{};
    comm_.barrier();
  }
  int rank() const override { return comm_.rank(); }
  int size() const override { return comm_.size(); }

  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    check_shapes("all_gather", dst, src, size());
    const DeviceSpan mine = dst.slice(src.count * rank(), src.count);
    const bool in_place = mine.data == src.data;
    const auto copy_part = dst.size() < kernels::kStreamed ? copy : kernels::stream_copy;
    if (!in_place) copy_part(mine.data, src.data, src.size());
    if (const SharedRegion* common = find(dst.data); common && common->sharing() == Sharing::Common)
      return settle();
    const SharedRegion* region = find(src.data);
    if (region == nullptr || region->sharing() != Sharing::Own) return gather_staged(dst, src);
    settle();
    for_each_peer([&](int r) {
      const DeviceSpan theirs = dst.slice(src.count * r, src.count);
      copy_part(theirs.data, region->of_rank(r, in_place ? theirs.data : src.data), src.size());
    });
    settle();  // peers have read what is mine
  }

  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override {
    check_shapes("reduce_scatter", src, dst, size());
    if (sum.present < 0) sum.present = size();
    if (sum.present == 0) return;
    const SharedRegion* region = find(src.data);
    if (region == nullptr || region->sharing() != Sharing::Own) return reduce_staged(dst, src, sum);
    settle();
    const std::byte* mine = src.slice(dst.count * rank(), dst.count).data;
    add(dst, *region, mine, sum);
    settle();
  }

  void all_combine(DeviceSpan inout) override {
    for (int64_t at = 0; at < inout.size().value; at += kStage.value) {
      std::byte* piece = inout.data + at;
      const Bytes n{std::min(kStage.value, inout.size().value - at)};
      copy(stage_.span().data, piece, n);
      settle();
      for_each_peer([&](int r) {
        const std::byte* theirs = stage_.of_rank(r, stage_.span().data);
        for (int64_t i = 0; i < n.value; ++i) piece[i] |= theirs[i];
      });
      settle();
    }
  }

  bool common_memory() const override { return true; }
  void settle() override { barrier().wait(size(), give_up_); }

  RegionHandle allocate(Elems count, DType dtype, Sharing sharing) override {
    return std::make_unique<SharedRegion>(comm_, count, dtype, sharing, regions_);
  }

 private:
  static void copy(std::byte* to, const std::byte* from, Bytes n) {
    std::memcpy(to, from, static_cast<size_t>(n.value));
  }
  SharedBarrier& barrier() { return *std::launder(reinterpret_cast<SharedBarrier*>(control_.data())); }

  const SharedRegion* find(const std::byte* p) const {
    const auto found =
        std::find_if(regions_.begin(), regions_.end(), [&](const SharedRegion* r) { return r->holds(p); });
    return found == regions_.end() ? nullptr : *found;
  }

  // Each begins with another peer, so that they do not read the same memory at a time.
  template <class Visit>
  void for_each_peer(Visit&& visit) const {
    for (int d = 1; d < size(); ++d) visit((rank() + d) % size());
  }

  void add(DeviceSpan dst, const SharedRegion& region, const std::byte* mine, Sum sum) const {
    std::vector<const std::byte*> sources;
    for (int r = 0; r < sum.present; ++r) sources.push_back(region.of_rank(r, mine));
    tree_sum(dst, sources, sum.mode);
  }

  void gather_staged(DeviceSpan dst, ConstDeviceSpan src) {
    for (int64_t at = 0; at < src.size().value; at += kStage.value) {
      const Bytes n{std::min(kStage.value, src.size().value - at)};
      copy(stage_.span().data, src.data + at, n);
      settle();
      for_each_peer([&](int r) {
        copy(dst.slice(src.count * r, src.count).data + at, stage_.of_rank(r, stage_.span().data), n);
      });
      settle();
    }
  }

  // The stage has a piece of each part, in rank order.
  void reduce_staged(DeviceSpan dst, ConstDeviceSpan src, Sum sum) {
    const Elems most{std::max<int64_t>(1, kStage.value / size() / size_of(dst.dtype))};
    for (Elems at; at < dst.count; at += most) {
      const Elems n = std::min(most, dst.count - at);
      const Bytes part = bytes(n, dst.dtype);
      for (int r = 0; r < size() && rank() < sum.present; ++r)
        copy(stage_.span().data + part.value * r, src.slice(dst.count * r + at, n).data, part);
      settle();
      add(dst.slice(at, n), stage_, stage_.span().data + part.value * rank(), sum);
      settle();
    }
  }

  mpi::Communicator comm_;
  const GiveUp& give_up_;
  SharedWindow control_;
  Regions regions_;
  SharedRegion stage_;
};

}  // namespace

std::unique_ptr<Collectives> make_shared_memory_collectives(mpi::Communicator comm, const GiveUp& give_up) {
  if (comm.split_shared().size() != comm.size())
    throw CommError("MPI_Comm_split_type", "the ranks of a node of the mesh share no memory");
  return std::make_unique<SharedMemoryCollectives>(std::move(comm), give_up);
}

}  // namespace fullshard::comm
