#pragma once
// Whole units for the time that they compute. Units whose rank has room for all of them (ParamStore::whole)
// are completed there once a version, one after the other in the order of forward; the others take turns in a
// few full-size buffers ("slots"), each of which remembers which unit it holds and of which parameter
// version, so what is still there at the turn to backward is not gathered again. Norm weights and biases are
// whole in ParamStore.
//
//   slot:  Empty -> Gathering (unit, version) -> in use -> Gathered … until another unit needs the memory
//
// What travels, from the optimizer's slices, which alone are new after an update, to the whole:
//
//   World --Axis::Node--> Node --Axis::Local--> Replica

#include <vector>

#include "fullshard/comm/mesh_collectives.hpp"
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

struct RingOptions {
  int block_slots = 2;  ///< full-size buffers for blocks, more than depth
  int other_slots = 1;  ///< and for embedding and head, which follow each other
  int depth = 1;        ///< blocks gathered ahead of the one in use
};

class GatherRing {
 public:
  /// `store` and `axes` must outlive the ring. Collective over the mesh, as all its functions: the same calls
  /// in the same order on every rank.
  GatherRing(const ParamStore& store, comm::MeshCollectives& axes, const RingOptions& options);

  /// Launches the gather of a unit that will be acquired soon, if a slot is free.
  void prefetch(UnitIndex unit);

  /// Makes the unit whole. Throws InternalError if every slot of its class is in use.
  GatheredUnit acquire(UnitIndex unit);

  int depth() const { return depth_; }
  Bytes size() const;

 private:
  friend class GatheredUnit;
  using Ticket = comm::MeshCollectives::Ticket;
  enum class Class { Block, EmbedOrHead };
  struct Slot {
    Class slot_class;
    comm::RegionHandle memory;
    UnitIndex unit{-1};
    int64_t version = -1;
    int64_t last_use = 0;
    Ticket gathered;
    bool expected = false;  // prefetched, and not yet acquired
    bool in_use = false;
  };
  /// What is known of a unit's memory in the store.
  struct Own {
    int64_t version = -1;  // of the working slice, and of the whole that it may be a part of
    Ticket gathered;
  };
  static constexpr size_t kNoSlot = static_cast<size_t>(-1);

  Class class_of(UnitIndex unit) const;
  Slot* holding(UnitIndex unit);
  Slot* free_slot(Class slot_class);
  Slot& gather_into_slot(UnitIndex unit, Slot& slot);
  Ticket gather_in_place(UnitIndex unit);
  Level next_source(UnitIndex unit);
  void gather(UnitIndex unit, Level from, DeviceSpan whole);
  void gather_vectors();
  void release(size_t slot) noexcept;

  const ParamStore& store_;  // the one ring over it: vectors are combined once a version
  comm::MeshCollectives& axes_;
  int depth_;
  std::vector<Slot> slots_;
  std::vector<Own> own_;
  int64_t vectors_version_ = 0;
  Ticket vectors_gathered_;
  int64_t clock_ = 0;
};

}  // namespace fullshard::shard
