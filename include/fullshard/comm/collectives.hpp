#pragma once
// Collectives over one group of ranks (an axis of the mesh), on flat memory.

#include <atomic>
#include <memory>

#include "fullshard/comm/region.hpp"
#include "fullshard/core/accumulate.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::comm {

/// A flag that ends waiting for peers which will not come: set when an error unwinds this rank alone.
class GiveUp {
 public:
  void request() { requested_ = true; }
  bool requested() const { return requested_; }
  /// Throws CommError after request().
  void check() const {
    if (requested_) throw CommError("waiting for other ranks", "given up after an error on this rank");
  }

 private:
  std::atomic<bool> requested_{false};
};

/// What a sum takes and where it goes.
struct Sum {
  Accumulate mode = Accumulate::Overwrite;
  /// Only the first so many ranks of the group contribute; the others' `src` is not looked at. -1: all.
  int present = -1;
};

/// Rank order here is slice order: rank r of the group owns slice r.
///
/// Sums are taken in the order of a binary tree over the ranks, padded to a power of two, with absent ranks
/// left out: the sum over two axes one after the other is the sum of one tree over their product. Under NCCL
/// only where Transfers::ordered.
///
///   ((0 + 1) + (2 + 3)) + ((4 + 5) + 6)
///
/// Collective  every member function, over the group; same order on every rank of it
/// Ordering    host bodies have finished when they return, NCCL's have launched on the stream of their lane
/// Throws      CommError
class Collectives {
 public:
  virtual ~Collectives() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// dst [size × slice] = every rank's src [slice], in rank order.   src may be this rank's part of dst; in a
  /// common region it is, and dst is whole for all of them without a copy.
  ///
  ///   rank 0: [a]      rank 0: [a b]
  ///   rank 1: [b]  ->  rank 1: [a b]
  virtual void all_gather(DeviceSpan dst, ConstDeviceSpan src) = 0;

  /// dst [slice] (+)= Σ over ranks of their src [size × slice] at this rank's slice.   dst may be this rank's
  /// part of src, no other overlap. fp32 and fp64; summed in the dtype of the spans.
  ///
  ///   rank 0: [a0 a1]      rank 0: [a0+b0]
  ///   rank 1: [b0 b1]  ->  rank 1: [a1+b1]
  virtual void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Sum sum) = 0;

  /// inout = in each place what one rank has there, or several alike, while all others have zero bits; the
  /// same on every rank.
  virtual void all_combine(DeviceSpan inout) = 0;

  /// Whether a common region is one memory; otherwise every rank has a copy of its own.
  virtual bool common_memory() const = 0;

  /// Returns when every rank of the group has called it, where ranks share memory: what a common region held
  /// before may be overwritten then. Elsewhere there is nothing to wait for.
  virtual void settle() = 0;

  /// Memory for the other functions. Throws std::bad_alloc or Error(OutOfMemory) where there is not enough.
  virtual RegionHandle allocate(Elems count, DType dtype, Sharing sharing) = 0;
};

/// How memory is moved between ranks.
struct Transfers {
  DeviceId device = kHost;  ///< where it lies
  bool ordered = false;     ///< NCCL's sums, too, in the order of the tree; those of the host always are
  Bytes piece{int64_t{4} << 20};  ///< MPI's transfers are cut into pieces of this size
  DType sum_transfer =
      DType::F32;  ///< BF16: summands in fp32 travel between nodes rounded to it; their sum stays in fp32
};

/// A slice that sums end in.
struct SummedSlice {
  Elems count;
  DType dtype;
};
/// Memory that the body for ranks of different nodes takes for sums of slices up to this one.
Bytes message_memory(const SummedSlice& slice, int ranks, const Transfers& transfers);

/// Messages over MPI, in host memory: the body for the ranks of different nodes.
std::unique_ptr<Collectives> make_mpi_collectives(mpi::Communicator comm, const GiveUp& give_up,
                                                  const Transfers& transfers = {});

/// Memory that all ranks see: the body for the ranks of one node. Throws CommError if they do not share any.
std::unique_ptr<Collectives> make_shared_memory_collectives(mpi::Communicator comm, const GiveUp& give_up);

/// A group of one rank, without MPI.
std::unique_ptr<Collectives> make_local_collectives();

}  // namespace fullshard::comm
