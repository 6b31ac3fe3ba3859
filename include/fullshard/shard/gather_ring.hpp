#pragma once
// Whole units for the time that they compute. A few full-size buffers ("slots") go round; each remembers
// which unit it holds and of which parameter version, so what is still there at the turn to backward is not
// gathered again. Norm weights and biases are not in the slots: ParamStore keeps them whole, and the first
// gather of a version completes them.
//
//   slot:  Empty -> Gathered (unit, version) -> in use -> Gathered … until another unit needs the memory

#include <vector>

#include "fullshard/comm/collectives.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::shard {

class GatherRing;

/// A unit that is whole until this token is destroyed.
class GatheredUnit {
 public:
  GatheredUnit(GatheredUnit&& other) noexcept;
  GatheredUnit& operator=(GatheredUnit&&) = delete;
  ~GatheredUnit();
  const model::UnitTensors& tensors() const { return tensors_; }

 private:
  friend class GatherRing;
  GatheredUnit(GatherRing* ring, size_t slot, model::UnitTensors tensors)
      : ring_(ring), slot_(slot), tensors_(std::move(tensors)) {}
  GatherRing* ring_;  // null: nothing to release
  size_t slot_;
  model::UnitTensors tensors_;
};

class GatherRing {
 public:
  /// `store` and `world` must outlive the ring. `block_slots`: full-size buffers for blocks, at least 2;
  /// embedding and head share one of their own. Parameters at level replica need no slots.
  GatherRing(const ParamStore& store, comm::Collectives& world, int block_slots);

  /// Launches the gather of a unit that will be acquired soon, if a slot is free.
  ///
  /// Collective  over the world where parameters are sharded; same calls in the same order on every rank
  void prefetch(UnitIndex unit);

  /// Makes the unit whole. Collective like prefetch. Throws InternalError if every slot of its class is in
  /// use.
  GatheredUnit acquire(UnitIndex unit);

  Bytes size() const;

 private:
  friend class GatheredUnit;
  enum class Class { Block, EmbedOrHead };
  struct Slot {
    Class slot_class;
    device::Buffer buffer;
    UnitIndex unit{-1};
    int64_t version = -1;
    int64_t last_use = 0;
    bool in_use = false;
  };
  Class class_of(UnitIndex unit) const;
  Slot* holding(UnitIndex unit);
  Slot* free_slot(Class slot_class);
  void gather(UnitIndex unit, Slot& slot);
  void gather_vectors();
  void release(size_t slot) noexcept;

  const ParamStore& store_;  // the one ring over it: vectors are summed once a version
  comm::Collectives& world_;
  std::vector<Slot> slots_;
  int64_t vectors_version_ = 0;
  int64_t clock_ = 0;
};

}  // namespace fullshard::shard
