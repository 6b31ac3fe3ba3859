#pragma once
// Which micro-batch of a step each rank computes, and who has one at all: pure arithmetic.

#include "fullshard/mesh/mesh.hpp"

namespace fullshard::mesh {

/// Deals n micro-batches to R ranks in k = ⌈n/R⌉ micro-steps. Ranks that add their gradients at every
/// micro-step form a group; a group takes a block of k micro-batches per rank, and deals it in turn inside.
/// So what a group accumulates is a contiguous range of micro-batches.
///
///   n = 8, 4 ranks          micro-step 0   1                              0   1
///   groups of one   rank 0:            0   1      one group of 4  rank 0: 0   4
///                   rank 1:            2   3                      rank 1: 1   5
///                   rank 2:            4   5                      rank 2: 2   6
///                   rank 3:            6   7                      rank 3: 3   7
class Dealing {
 public:
  /// `adding`: groups are single ranks (Replica), nodes, or the world.
  Dealing(const Mesh& mesh, Level adding, int64_t micro_batches);

  Level adding() const { return adding_; }
  int64_t micro_batches() const { return micro_batches_; }
  /// Micro-steps of every rank; the last ones may be without a micro-batch.
  int64_t micro_steps() const { return micro_steps_; }
  /// Index of the micro-batch, not below micro_batches() where there is none.
  int64_t micro_batch(Coordinates rank, int64_t micro_step) const;

  /// Whether any rank of this one's group has a micro-batch at this micro-step.
  bool group_present(Coordinates rank, int64_t micro_step) const;

  /// Of the ranks (Local) or nodes (Node) along `axis`, on a rank of `node`, so many from the first on have a
  /// micro-batch at this micro-step. For the axes inside a group.
  int present(Axis axis, NodeIndex node, int64_t micro_step) const;
  /// The same over all micro-steps. For the axes between groups.
  int present(Axis axis, NodeIndex node) const;

  /// Whether the ranges of all groups are subtrees of the binary tree over all micro-batches.
  bool aligned() const;

 private:
  int64_t group_size() const;
  int64_t position(Coordinates rank) const {
    return int64_t{rank.node.value} * local_size_ + rank.local.value;
  }

  int nodes_, local_size_;
  Level adding_;
  int64_t micro_batches_, micro_steps_;
};

}  // namespace fullshard::mesh
