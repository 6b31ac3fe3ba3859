#include "fullshard/shard/gather_ring.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace fullshard::shard {

GatheredUnit::GatheredUnit(GatheredUnit&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)), slot_(other.slot_), tensors_(std::move(other.tensors_)) {}

GatheredUnit::~GatheredUnit() {
  if (ring_ != nullptr) ring_->release(slot_);
}

GatherRing::GatherRing(const ParamStore& store, comm::Collectives& world, int block_slots)
    : store_(store), world_(world) {
  if (store.strategy().params == Level::Replica) return;
  FS_CHECK(block_slots >= 2, "a gather ring of {} slots", block_slots);
  Elems largest_block, largest_other;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    Elems& largest = class_of(u) == Class::Block ? largest_block : largest_other;
    largest = std::max(largest, store.layout(u).padded());
  }
  for (int k = 0; k < block_slots; ++k)
    slots_.push_back({Class::Block, device::Buffer(largest_block, store.compute_dtype())});
  slots_.push_back({Class::EmbedOrHead, device::Buffer(largest_other, store.compute_dtype())});
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
    if (s.slot_class == slot_class && !s.in_use && (oldest == nullptr || s.last_use < oldest->last_use))
      oldest = &s;
  return oldest;
}

void GatherRing::gather(UnitIndex unit, Slot& slot) {
  slot.unit = UnitIndex(-1);  // a failed gather must not look like a finished one
  world_.all_gather(slot.buffer.span().slice({0}, store_.layout(unit).padded()), store_.working(unit));
  slot.unit = unit;
  slot.version = store_.version();
  slot.last_use = ++clock_;
}

void GatherRing::gather_vectors() {
  if (vectors_version_ == store_.version()) return;
  // Zeros stand where a rank's slice has no part, so the sum is the whole, unrounded.
  if (store_.authoritative_level() != Level::Replica) world_.all_reduce(store_.vectors());
  vectors_version_ = store_.version();
}

void GatherRing::prefetch(UnitIndex unit) {
  gather_vectors();
  if (store_.strategy().params == Level::Replica || holding(unit) != nullptr) return;
  if (Slot* slot = free_slot(class_of(unit))) gather(unit, *slot);
}

GatheredUnit GatherRing::acquire(UnitIndex unit) {
  gather_vectors();
  if (store_.strategy().params == Level::Replica)
    return {nullptr, 0, store_.weights(unit, store_.working(unit))};
  Slot* slot = holding(unit);
  if (slot == nullptr) {
    slot = free_slot(class_of(unit));
    FS_CHECK(slot != nullptr, "no free slot for unit {}", store_.spec().unit(unit).name);
    gather(unit, *slot);
  }
  FS_CHECK(!slot->in_use, "unit {} acquired twice", store_.spec().unit(unit).name);
  slot->in_use = true;
  slot->last_use = ++clock_;
  return {this, static_cast<size_t>(slot - slots_.data()),
          store_.weights(unit, slot->buffer.span().slice({0}, store_.layout(unit).padded()))};
}

void GatherRing::release(size_t index) noexcept {
  slots_[index].in_use = false;
}

Bytes GatherRing::size() const {
  Bytes sum;
  for (const Slot& s : slots_) sum += s.buffer.size();
  return sum;
}

}  // namespace fullshard::shard
