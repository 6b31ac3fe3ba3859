#pragma once
// Where a unit's gradient is computed, and how it reaches the slice that accumulates it between micro-steps.

#include <vector>

#include "fullshard/comm/collectives.hpp"
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
  /// Sums over the ranks into the gradient slices; the slot is free afterwards. Collective over the world.
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

/// Which micro-step of the step this is; a single one is first and last.
struct MicroStepPosition {
  bool first, last;
};

class GradRing {
 public:
  /// `store` and `world` must outlive the ring.
  GradRing(const ParamStore& store, comm::Collectives& world);

  void begin_micro_step(MicroStepPosition position) { position_ = position; }
  GradSlot acquire(UnitIndex unit);
  Bytes size() const;

 private:
  friend class GradSlot;
  struct Slot {
    bool for_blocks;
    device::Buffer buffer;
    bool in_use = false;
  };
  void reduce(UnitIndex unit, size_t slot);
  bool sharded() const { return store_.strategy().gradients != Level::Replica; }

  const ParamStore& store_;
  comm::Collectives& world_;
  std::vector<Slot>
      slots_;  // one for blocks, one for embedding or head (which stays open over all blocks where tied)
  MicroStepPosition position_{true, true};
};

}  // namespace fullshard::shard
