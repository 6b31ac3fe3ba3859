#include "fullshard/mesh/dealing.hpp"

#include <algorithm>
#include <bit>

namespace fullshard::mesh {

namespace {

/// How many of `size` members that begin at first, first + stride, … begin below `end`.
int members_below(int64_t end, int64_t first, int64_t stride, int size) {
  return static_cast<int>(std::clamp<int64_t>(ceil_div(std::max<int64_t>(0, end - first), stride), 0, size));
}

}  // namespace

Dealing::Dealing(const Mesh& mesh, Level adding, int64_t micro_batches)
    : nodes_(mesh.nodes()),
      local_size_(mesh.local_size()),
      adding_(adding),
      micro_batches_(micro_batches),
      micro_steps_(ceil_div(micro_batches, mesh.world_size())) {}

int64_t Dealing::group_size() const {
  if (adding_ == Level::Replica) return 1;
  return adding_ == Level::Node ? local_size_ : int64_t{nodes_} * local_size_;
}

int64_t Dealing::micro_batch(Coordinates rank, int64_t micro_step) const {
  const int64_t group = position(rank) / group_size(), member = position(rank) % group_size();
  return (group * micro_steps_ + micro_step) * group_size() + member;
}

bool Dealing::group_present(Coordinates rank, int64_t micro_step) const {
  const int64_t group = position(rank) / group_size();
  return (group * micro_steps_ + micro_step) * group_size() < micro_batches_;
}

int Dealing::present(Axis axis, NodeIndex node, int64_t micro_step) const {
  if (axis == Axis::Local)
    return members_below(micro_batches_, micro_batch({node, LocalRank(0)}, micro_step), 1, local_size_);
  return members_below(micro_batches_, micro_batch({NodeIndex(0), LocalRank(0)}, micro_step), local_size_,
                       nodes_);
}

int Dealing::present(Axis axis, NodeIndex node) const {
  const int64_t per_node = micro_steps_ * local_size_;
  if (axis == Axis::Local)
    return members_below(micro_batches_, node.value * per_node, micro_steps_, local_size_);
  return members_below(micro_batches_, 0, per_node, nodes_);
}

bool Dealing::aligned() const {
  const auto power_of_two = [](int64_t n) { return std::has_single_bit(static_cast<uint64_t>(n)); };
  // What is summed first must be a subtree, unless nothing is added to it: a node's ranks, a micro-step of a
  // group, a group's micro-steps.
  const bool one_group = group_size() == int64_t{nodes_} * local_size_;
  return (nodes_ == 1 || power_of_two(local_size_)) && (micro_steps_ == 1 || power_of_two(group_size())) &&
         (one_group || power_of_two(micro_steps_ * group_size()));
}

}  // namespace fullshard::mesh
