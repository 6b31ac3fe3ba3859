// Host memory over MPI messages: the body for the ranks of different nodes.

#include <array>
#include <cstring>
#include <utility>

#include "comm/host_region.hpp"
#include "comm/host_sum.hpp"
#include "comm/mpi/requests.hpp"
#include "comm/scratch.hpp"
#include "comm/shapes.hpp"
#include "fullshard/comm/collectives.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "mpi/native.hpp"

namespace fullshard::comm {

namespace {

// What all peers send of one piece is in memory at once, twice.
constexpr Bytes kMostScratch{int64_t{64} << 20};

DType transfer_dtype(DType dtype, const Transfers& transfers) {
  return dtype == DType::F32 ? transfers.sum_transfer : dtype;
}

Elems piece_of(const SummedSlice& slice, int ranks, const Transfers& transfers) {
  const int64_t most = kMostScratch.value / (2 * std::max(1, ranks - 1));
  const int64_t fit = std::min(transfers.piece.value, most) / size_of(slice.dtype);
  return std::min(slice.count, Elems{std::max<int64_t>(1, fit)});
}

class MpiCollectives final : public Collectives {
 public:
  MpiCollectives(mpi::Communicator comm, const Transfers& transfers, const GiveUp& give_up)
      : comm_(std::move(comm)), transfers_(transfers), give_up_(give_up) {}
  int rank() const override { return comm_.rank(); }
  int size() const override { return comm_.size(); }

  // In round d every rank sends its slice to the rank d further on: each slice travels once to each peer, and
  // no two send to the same one at a time.
  void all_gather(DeviceSpan dst, ConstDeviceSpan src) override {
    check_shapes("all_gather", dst, src, size());
    const DeviceSpan mine = dst.slice(src.count * rank(), src.count);
    if (mine.data != src.data) std::memcpy(mine.data, src.data, static_cast<size_t>(src.size().value));
    Requests requests;
    for (int round = 1; round < size(); ++round) {
      const int to = (rank() + round) % size(), from = (rank() + size() - round) % size();
      const DeviceSpan theirs = dst.slice(src.count * from, src.count);
      for (int64_t at = 0; at < src.size().value; at += transfers_.piece.value) {
        const int64_t n = std::min(transfers_.piece.value, src.size().value - at);
        requests.receive(theirs.data + at, n, from, native());
        requests.send(src.data + at, n, to, native());
      }
      requests.wait(give_up_);
    }
  }

  // Piece by piece; while one is added, the next is under way.
  void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) override {
    check_shapes("reduce_scatter", src, dst, size());
    if (sum.present < 0) sum.present = size();
    if (sum.present == 0 || dst.count == Elems{0}) return;
    const Elems piece = piece_of({dst.count, dst.dtype}, size(), transfers_);
    const int64_t pieces = ceil_div(dst.count.value, piece.value);
    const auto begin = [&](int64_t k) {
      const Elems at = piece * k;
      start(under_way_[static_cast<size_t>(k % 2)], dst, src, {at, std::min(piece, dst.count - at)},
            sum.present);
    };
    begin(0);
    for (int64_t k = 0; k < pieces; ++k) {
      if (k + 1 < pieces) begin(k + 1);
      finish(under_way_[static_cast<size_t>(k % 2)], dst, src, sum);
    }
  }

  void all_combine(DeviceSpan inout) override {
    const int64_t all = inout.size().value;
    for (int64_t at = 0; at < all; at += transfers_.piece.value)
      mpi::check(MPI_Allreduce(MPI_IN_PLACE, inout.data + at,
                               static_cast<int>(std::min(transfers_.piece.value, all - at)), MPI_BYTE,
                               MPI_BOR, native()),
                 "MPI_Allreduce");
  }

  bool common_memory() const override { return false; }
  void settle() override {}

  RegionHandle allocate(Elems count, DType dtype, Sharing) override {
    return std::make_unique<HostRegion>(count, dtype);
  }

 private:
  struct Range {
    Elems at, count;
  };
  // A part of the slices on its way: what peers sent, and what was rounded for them.
  struct Piece {
    Range range;
    device::Buffer received, sent;
    Requests requests;
  };

  MPI_Comm native() const { return comm_.native().comm; }

  void start(Piece& piece, DeviceSpan dst, ConstDeviceSpan src, Range range, int present) {
    piece.range = range;
    const DType wire = transfer_dtype(dst.dtype, transfers_);
    const Elems all = range.count * (size() - 1);
    const DeviceSpan received = at_least(piece.received, all, wire);
    const DeviceSpan sent = wire == dst.dtype ? DeviceSpan{} : at_least(piece.sent, all, wire);
    for (int round = 1; round < size(); ++round) {
      const int to = (rank() + round) % size(), from = (rank() + size() - round) % size();
      if (from < present) {
        const DeviceSpan in = received.slice(range.count * (round - 1), range.count);
        piece.requests.receive(in.data, in.size().value, from, native());
      }
      if (rank() >= present) continue;
      ConstDeviceSpan out = src.slice(dst.count * to + range.at, range.count);
      if (wire != dst.dtype) {
        const DeviceSpan rounded = sent.slice(range.count * (round - 1), range.count);
        kernels::convert(kernels::kernel_table(), out, rounded);
        out = rounded;
      }
      piece.requests.send(out.data, out.size().value, to, native());
    }
  }

  void finish(Piece& piece, DeviceSpan dst, ConstDeviceSpan src, Sum sum) {
    piece.requests.wait(give_up_);
    const Range range = piece.range;
    const DType wire = transfer_dtype(dst.dtype, transfers_);
    DeviceSpan arrived = piece.received.span().slice({0}, range.count * (size() - 1));
    if (wire != dst.dtype) {
      const DeviceSpan wide = at_least(widened_, arrived.count, dst.dtype);
      for (int round = 1; round < size(); ++round)
        if ((rank() + size() - round) % size() < sum.present)
          kernels::convert(kernels::kernel_table(), arrived.slice(range.count * (round - 1), range.count),
                           wide.slice(range.count * (round - 1), range.count));
      arrived = wide;
    }
    std::vector<const std::byte*> sources;
    for (int r = 0; r < sum.present; ++r) {
      const int round = (rank() - r + size()) % size();
      sources.push_back(round == 0 ? src.slice(dst.count * rank() + range.at, range.count).data
                                   : arrived.slice(range.count * (round - 1), range.count).data);
    }
    tree_sum(dst.slice(range.at, range.count), sources, sum.mode);
  }

  mpi::Communicator comm_;
  Transfers transfers_;
  const GiveUp& give_up_;
  std::array<Piece, 2> under_way_;
  device::Buffer widened_;
};

}  // namespace

// As start() and finish() ask for it.
Bytes message_memory(const SummedSlice& slice, int ranks, const Transfers& transfers) {
  if (ranks == 1 || slice.count == Elems{0}) return {};
  const Elems piece = piece_of(slice, ranks, transfers), all = piece * (ranks - 1);
  const DType wire = transfer_dtype(slice.dtype, transfers);
  const int under_way = piece < slice.count ? 2 : 1;
  const Bytes received = bytes(all, wire) * under_way;
  return wire == slice.dtype ? received : received * 2 + bytes(all, slice.dtype);
}

std::unique_ptr<Collectives> make_mpi_collectives(mpi::Communicator comm, const GiveUp& give_up,
                                                  const Transfers& transfers) {
  return std::make_unique<MpiCollectives>(std::move(comm), transfers, give_up);
}

}  // namespace fullshard::comm
