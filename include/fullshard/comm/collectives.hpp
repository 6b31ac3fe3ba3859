#pragma once
// Collectives over one group of ranks (an axis of the mesh, or the whole world), on flat memory.

#include <memory>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/core/span.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::comm {

/// Rank order here is slice order: rank r of the group owns slice r.
///
/// Collective  every member function, over the group; same order on every rank of it
/// Ordering    the host body has finished when it returns
/// Throws      CommError
class Collectives {
 public:
  virtual ~Collectives() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;

  /// dst [size × slice] = every rank's src [slice], in rank order.   src may be this rank's part of dst.
  ///
  ///   rank 0: [a]      rank 0: [a b]
  ///   rank 1: [b]  ->  rank 1: [a b]
  virtual void all_gather(DeviceSpan dst, ConstDeviceSpan src) = 0;

  /// dst [slice] (+)= Σ over ranks of their src [size × slice] at this rank's slice.   No overlap.
  /// fp32 and fp64; summed in the dtype of the spans.
  ///
  ///   rank 0: [a0 a1]      rank 0: [a0+b0]
  ///   rank 1: [b0 b1]  ->  rank 1: [a1+b1]
  virtual void reduce_scatter(DeviceSpan dst, ConstDeviceSpan src, Accumulate mode) = 0;

  /// inout = Σ over ranks of inout, the same bits on every rank.
  virtual void all_reduce(DeviceSpan inout) = 0;
};

/// Over MPI, in host memory.
std::unique_ptr<Collectives> make_mpi_collectives(mpi::Communicator comm);

/// A group of one rank, without MPI.
std::unique_ptr<Collectives> make_local_collectives();

}  // namespace fullshard::comm
