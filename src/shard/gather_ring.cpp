#include "fullshard/shard/gather_ring.hpp"

#include <algorithm>
#include <utility>

namespace fullshard::shard {

using mesh::Axis;

GatheredUnit::GatheredUnit(GatheredUnit&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)), slot_(other.slot_), tensors_(std::move(other.tensors_)) {}

GatheredUnit::~GatheredUnit() {
  if (ring_ != nullptr) ring_->release(slot_);
}

GatherRing::GatherRing(const ParamStore& store, comm::MeshCollectives& axes, const RingOptions& options)
    : store_(store), axes_(axes), depth_(options.depth), own_(store.spec().units.size()) {
  FS_CHECK(options.block_slots > options.depth && options.depth >= 1 && options.other_slots >= 1,
           "a gather ring of {} and {} slots for {} ahead", options.block_slots, options.other_slots,
           options.depth);
  Elems largest_block, largest_other;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    if (store.whole(u).data != nullptr) continue;
    Elems& largest = class_of(u) == Class::Block ? largest_block : largest_other;
    largest = std::max(largest, store.layout(u).padded());
  }
  const auto add = [&](Class slot_class, Elems size, int count) {
    for (int k = 0; k < count && size > Elems{0}; ++k)
      slots_.push_back(
          {slot_class, axes.along(Axis::Local).allocate(size, store.compute_dtype(), comm::Sharing::Common)});
  };
  add(Class::Block, largest_block, options.block_slots);
  add(Class::EmbedOrHead, largest_other, options.other_slots);
}

GatherRing::Class GatherRing::class_of(UnitIndex unit) const {
  return store_.spec().unit(unit).kind == model::UnitKind::Block ? Class::Block : Class::EmbedOrHead;
}

GatherRing::Slot* GatherRing::holding(UnitIndex unit) {
  for (Slot& s : slots_)
    if (s.unit == unit && s.version == store_.version()) return &s;
  return nullptr;
}

GatherRing::Slot* GatherRing::free_slot(Class slot_class) {
  Slot* oldest = nullptr;
  for (Slot& s : slots_)
    if (s.slot_class == slot_class && !s.in_use && !s.expected &&
        (oldest == nullptr || s.last_use < oldest->last_use))
      oldest = &s;
  return oldest;
}

// From the slices that have their values to `whole`, one axis after the other: each level is a part of the
// next, so everything arrives in its place.
void GatherRing::gather(UnitIndex unit, Level from, DeviceSpan whole) {
  const Level kept = store_.params_level(unit);
  const auto place = [&](Level level) {
    return level >= kept ? store_.part(unit, store_.working(unit), kept, level)
                         : store_.part(unit, whole, Level::Replica, level);
  };
  if (from == Level::World) axes_.along(Axis::Node).all_gather(place(Level::Node), place(Level::World));
  if (from >= Level::Node) axes_.along(Axis::Local).all_gather(place(Level::Replica), place(Level::Node));
}

// The optimizer's slices the first time after an update, the rank's working slice then.
Level GatherRing::next_source(UnitIndex unit) {
  const int64_t before = std::exchange(own_[static_cast<size_t>(unit.value)].version, store_.version());
  return before == store_.version() ? store_.params_level(unit) : store_.authoritative_level(unit);
}

GatherRing::Slot& GatherRing::gather_into_slot(UnitIndex unit, Slot& slot) {
  slot.unit = UnitIndex(-1);  // a failed gather must not look like a finished one
  const DeviceSpan whole = slot.memory->span().slice({0}, store_.layout(unit).padded());
  slot.gathered = axes_.submit(comm::Flow::Weights, unit, [this, unit, from = next_source(unit), whole] {
    axes_.along(Axis::Local).settle();  // peers have released the slot
    gather(unit, from, whole);
  });
  slot.unit = unit;
  slot.version = store_.version();
  slot.last_use = ++clock_;
  return slot;
}

// There is room for all of them: once one is wanted, those after it follow without being asked for. So they
// are on their way if it is.
GatherRing::Ticket GatherRing::gather_in_place(UnitIndex unit) {
  const Own& wanted = own_[static_cast<size_t>(unit.value)];
  if (wanted.version == store_.version()) return wanted.gathered;
  for (size_t i = static_cast<size_t>(unit.value); i < own_.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    if (store_.whole(u).data == nullptr || own_[i].version == store_.version()) continue;
    own_[i].gathered = axes_.submit(comm::Flow::Weights, u,
                                    [this, u, from = next_source(u)] { gather(u, from, store_.whole(u)); });
  }
  return wanted.gathered;
}

void GatherRing::gather_vectors() {
  if (vectors_version_ == store_.version()) return;
  vectors_version_ = store_.version();
  vectors_gathered_ = axes_.submit(comm::Flow::Weights, UnitIndex(-1), [this] {
    // Zero bits stand where a rank's slice has no part.
    axes_.along(Axis::Local).all_combine(store_.vectors());
    axes_.along(Axis::Node).all_combine(store_.vectors());
  });
}

void GatherRing::prefetch(UnitIndex unit) {
  gather_vectors();
  if (store_.whole(unit).data != nullptr) {
    gather_in_place(unit);
  } else if (holding(unit) == nullptr) {
    if (Slot* slot = free_slot(class_of(unit))) gather_into_slot(unit, *slot).expected = true;
  }
}

GatheredUnit GatherRing::acquire(UnitIndex unit) {
  gather_vectors();
  axes_.wait(vectors_gathered_);
  if (const DeviceSpan whole = store_.whole(unit); whole.data != nullptr) {
    axes_.wait(gather_in_place(unit), unit);
    return {nullptr, kNoSlot, store_.weights(unit, whole)};
  }
  Slot* slot = holding(unit);
  if (slot == nullptr) {
    slot = free_slot(class_of(unit));
    FS_CHECK(slot != nullptr, "no free slot for unit {}", store_.spec().unit(unit).name);
    gather_into_slot(unit, *slot);
  }
  FS_CHECK(!slot->in_use, "unit {} acquired twice", store_.spec().unit(unit).name);
  slot->in_use = true;
  slot->expected = false;
  slot->last_use = ++clock_;
  axes_.wait(slot->gathered, unit);
  return {this, static_cast<size_t>(slot - slots_.data()),
          store_.weights(unit, slot->memory->span().slice({0}, store_.layout(unit).padded()))};
}

void GatherRing::release(size_t index) noexcept {
  slots_[index].in_use = false;
}

Bytes GatherRing::size() const {
  Bytes sum;
  for (const Slot& s : slots_) sum += s.memory->span().size();
  return sum;
}

}  // namespace fullshard::shard
