#include "fullshard/shard/grad_ring.hpp"

#include <algorithm>
#include <utility>

namespace fullshard::shard {

GradSlot::GradSlot(GradSlot&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)),
      unit_(other.unit_),
      slot_(other.slot_),
      tensors_(std::move(other.tensors_)),
      mode_(other.mode_) {}

GradSlot::~GradSlot() {
  if (ring_ != nullptr && ring_->sharded()) ring_->slots_[slot_].in_use = false;
}

Accumulate GradSlot::next_mode() {
  return std::exchange(mode_, Accumulate::Add);
}

void GradSlot::reduce() && {
  GradRing* ring = std::exchange(ring_, nullptr);
  ring->reduce(unit_, slot_);
}

GradRing::GradRing(const ParamStore& store, comm::Collectives& world) : store_(store), world_(world) {
  if (!sharded() || store.purpose() == Purpose::Evaluate) return;
  Elems largest_block, largest_other;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    Elems& largest = store.spec().units[i].kind == model::UnitKind::Block ? largest_block : largest_other;
    largest = std::max(largest, store.layout(u).padded());
  }
  slots_.push_back({true, device::Buffer(largest_block, store.master_dtype())});
  slots_.push_back({false, device::Buffer(largest_other, store.master_dtype())});
}

GradSlot GradRing::acquire(UnitIndex unit) {
  if (!sharded()) {
    const Accumulate mode = position_.first ? Accumulate::Overwrite : Accumulate::Add;
    return {this, unit, 0, store_.tensors(unit, store_.gradient(unit)), mode};
  }
  const bool block = store_.spec().unit(unit).kind == model::UnitKind::Block;
  const auto slot =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.for_blocks == block; });
  FS_CHECK(!slot->in_use, "gradient slot for {} is in use", store_.spec().unit(unit).name);
  slot->in_use = true;
  return {this, unit, static_cast<size_t>(slot - slots_.begin()),
          store_.tensors(unit, slot->buffer.span().slice({0}, store_.layout(unit).padded())),
          Accumulate::Overwrite};
}

void GradRing::reduce(UnitIndex unit, size_t index) {
  if (!sharded()) {
    if (position_.last) world_.all_reduce(store_.gradient(unit));  // earlier micro-steps stay on their rank
    return;
  }
  Slot& slot = slots_[index];
  const DeviceSpan whole = slot.buffer.span().slice({0}, store_.layout(unit).padded());
  world_.reduce_scatter(store_.gradient(unit), whole,
                        position_.first ? Accumulate::Overwrite : Accumulate::Add);
  slot.in_use = false;
}

Bytes GradRing::size() const {
  Bytes sum;
  for (const Slot& s : slots_) sum += s.buffer.size();
  return sum;
}

}  // namespace fullshard::shard
