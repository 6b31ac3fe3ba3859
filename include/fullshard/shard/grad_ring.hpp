#pragma once
// Where a unit's gradient is computed, and how it reaches the slices that the optimizer reads.
//
//   every micro-step   Replica --Axis::Local--> Node --Axis::Node--> World      as far as the group that adds
//   the last one       on to World, and back by gathering to the optimizer's level
//
// Fast: micro-steps are added as they come. Ordered: in the order of a binary tree over all micro-batches of
// the step, whatever the layout (docs/numerics.md); then each is computed into fresh memory and kept by
// GradStack until its neighbour is there.

#include <optional>
#include <vector>

#include "fullshard/comm/mesh_collectives.hpp"
#include "fullshard/mesh/dealing.hpp"
#include "fullshard/shard/grad_stack.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::shard {

class GradRing;

/// Place for one unit's whole gradient. Holds garbage until written: the first writer must overwrite.
class GradSlot {
 public:
  GradSlot(GradSlot&& other) noexcept;
  GradSlot& operator=(GradSlot&&) = delete;
  ~GradSlot();

  const model::UnitTensors& tensors() const { return tensors_; }
  /// Overwrite for the first writer (unless earlier micro-steps accumulated here), Add for any later one.
  Accumulate next_mode();
  /// Launches the sum over the ranks; the slot is free when that is done. Collective over the mesh.
  void reduce() &&;

 private:
  friend class GradRing;
  GradSlot(GradRing* ring, UnitIndex unit, size_t slot, model::UnitTensors tensors, Accumulate mode)
      : ring_(ring), unit_(unit), slot_(slot), tensors_(std::move(tensors)), mode_(mode) {}
  GradRing* ring_;
  UnitIndex unit_;
  size_t slot_;
  model::UnitTensors tensors_;
  Accumulate mode_;
};

/// Which micro-step of the step this is.
struct MicroStepPosition {
  mesh::Dealing dealing;
  int64_t micro_step;
  bool first() const { return micro_step == 0; }
  bool last() const { return micro_step + 1 == dealing.micro_steps(); }
};

enum class Reduction { Fast, Ordered };

class GradRing {
 public:
  /// `store` and `axes` must outlive the ring. Collective over the mesh.
  GradRing(const ParamStore& store, comm::MeshCollectives& axes, Reduction reduction);

  /// Which ranks add their gradients at every micro-step of a step of so many micro-batches: those of the
  /// strategy's gradient level, or under Reduction::Ordered all where no tree comes out otherwise. Throws
  /// ConfigError where none comes out at all.
  mesh::Dealing deal(int64_t micro_batches) const;

  void begin_micro_step(const MicroStepPosition& position);
  GradSlot acquire(UnitIndex unit);
  /// Until all that was launched is done: gradient slices hold their sums.
  void wait() { axes_.drain(); }
  /// Slots and, under Ordered, what is kept between the micro-steps of a step of `micro_batches`.
  Bytes size(int64_t micro_batches) const;

 private:
  friend class GradSlot;
  using Ticket = comm::MeshCollectives::Ticket;
  struct Slot {
    bool for_blocks;
    comm::RegionHandle memory;
    Ticket reduced;
    bool in_use = false;
  };
  static constexpr size_t kNoSlot = static_cast<size_t>(-1);

  bool in_slots() const { return store_.strategy().gradients != Level::Replica; }
  bool ordered() const { return reduction_ == Reduction::Ordered; }
  Level adding_level(const mesh::Dealing& d) const {
    return ordered() ? d.adding() : store_.strategy().gradients;
  }
  Slot& next_slot(bool for_blocks);
  void reduce(UnitIndex unit, size_t slot);
  void sum_in_group(UnitIndex unit, DeviceSpan whole, const MicroStepPosition& at);
  void keep_in_order(UnitIndex unit, DeviceSpan whole, const MicroStepPosition& at);
  void sum_over_groups(UnitIndex unit, DeviceSpan whole, const mesh::Dealing& dealing);
  DeviceSpan place(UnitIndex unit, DeviceSpan whole, Level level) const;

  const ParamStore& store_;
  comm::MeshCollectives& axes_;
  Reduction reduction_;
  std::vector<Slot> slots_;
  std::vector<Ticket> in_place_;   // per unit, where gradients are computed in the store
  std::vector<GradStack> stacks_;  // per unit, under Ordered
  std::optional<MicroStepPosition> position_;
};

}  // namespace fullshard::shard
