#include "fullshard/shard/grad_ring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fullshard/core/error.hpp"

namespace fullshard::shard {

using mesh::Axis;
using mesh::axis_below;
using mesh::Dealing;
using mesh::finer;

GradSlot::GradSlot(GradSlot&& other) noexcept
    : ring_(std::exchange(other.ring_, nullptr)),
      unit_(other.unit_),
      slot_(other.slot_),
      tensors_(std::move(other.tensors_)),
      mode_(other.mode_) {}

GradSlot::~GradSlot() {
  if (ring_ != nullptr && slot_ != GradRing::kNoSlot) ring_->slots_[slot_].in_use = false;
}

Accumulate GradSlot::next_mode() {
  return std::exchange(mode_, Accumulate::Add);
}

void GradSlot::reduce() && {
  GradRing* ring = std::exchange(ring_, nullptr);
  ring->reduce(unit_, slot_);
}

GradRing::GradRing(const ParamStore& store, comm::MeshCollectives& axes, Reduction reduction)
    : store_(store),
      axes_(axes),
      reduction_(reduction),
      in_place_(store.spec().units.size()),
      stacks_(store.spec().units.size()) {
  if (!in_slots() || store.purpose() == Purpose::Evaluate) return;
  Elems largest_block, largest_other;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    Elems& largest = store.spec().units[i].kind == model::UnitKind::Block ? largest_block : largest_other;
    largest = std::max(largest, store.layout(u).padded());
  }
  const auto add = [&](bool for_blocks, Elems size) {
    slots_.push_back(
        {for_blocks, axes.along(Axis::Local).allocate(size, store.master_dtype(), comm::Sharing::Own)});
  };
  add(true, largest_block);
  if (axes.overlaps()) add(true, largest_block);  // one travels, one is computed
  add(false, largest_other);
}

Dealing GradRing::deal(int64_t micro_batches) const {
  const Dealing in_turn(store_.mesh(), Level::World, micro_batches);
  if (!ordered()) return in_turn;
  const Dealing blocks(store_.mesh(), store_.strategy().gradients, micro_batches);
  if (blocks.aligned()) return blocks;
  if (in_turn.aligned()) return in_turn;
  throw ConfigError(
      "sharding.reduction",
      fmt::format("sharding.reduction: ordered needs powers of two of nodes and of ranks per node, "
                  "found {}; use such a number of ranks, or reduction: fast",
                  store_.mesh().text()));
}

void GradRing::begin_micro_step(const MicroStepPosition& position) {
  position_.emplace(position);
}

GradRing::Slot& GradRing::next_slot(bool for_blocks) {
  Slot* next = nullptr;
  for (Slot& s : slots_)
    if (s.for_blocks == for_blocks && !s.in_use &&
        (next == nullptr || s.reduced.number < next->reduced.number))
      next = &s;
  FS_CHECK(next != nullptr, "no free gradient slot");
  axes_.wait(next->reduced);
  return *next;
}

GradSlot GradRing::acquire(UnitIndex unit) {
  if (!in_slots()) {
    axes_.wait(in_place_[static_cast<size_t>(unit.value)], unit);
    const bool fresh = ordered() || position_->first();
    return {this, unit, kNoSlot, store_.tensors(unit, store_.gradient(unit)),
            fresh ? Accumulate::Overwrite : Accumulate::Add};
  }
  Slot& slot = next_slot(store_.spec().unit(unit).kind == model::UnitKind::Block);
  slot.in_use = true;
  return {this, unit, static_cast<size_t>(&slot - slots_.data()),
          store_.tensors(unit, slot.memory->span().slice({0}, store_.layout(unit).padded())),
          Accumulate::Overwrite};
}

// The slot is free as soon as the group that adds has summed: what follows reads the store.
void GradRing::reduce(UnitIndex unit, size_t index) {
  Slot* slot = index == kNoSlot ? nullptr : &slots_[index];
  const DeviceSpan whole =
      slot ? slot->memory->span().slice({0}, store_.layout(unit).padded()) : store_.gradient(unit);
  const Ticket summed = axes_.submit(comm::Flow::Gradients, unit,
                                     [this, unit, whole, at = *position_] { sum_in_group(unit, whole, at); });
  Ticket done = summed;
  const bool keeps = ordered() && !axes_.on_paper();
  if (keeps || position_->last())
    done = axes_.submit(comm::Flow::Gradients, unit, [this, unit, whole, keeps, at = *position_] {
      if (keeps) keep_in_order(unit, whole, at);
      if (at.last()) sum_over_groups(unit, whole, at.dealing);
    });
  if (slot) {
    slot->reduced = summed;
    slot->in_use = false;
  } else {
    in_place_[static_cast<size_t>(unit.value)] = done;
  }
}

// Where this rank's slice at `level` is: coarser ones than the strategy keeps, in the whole that was
// computed.
DeviceSpan GradRing::place(UnitIndex unit, DeviceSpan whole, Level level) const {
  const Level kept = store_.strategy().gradients;
  return level >= kept ? store_.part(unit, store_.gradient(unit), kept, level)
                       : store_.part(unit, whole, Level::Replica, level);
}

void GradRing::sum_in_group(UnitIndex unit, DeviceSpan whole, const MicroStepPosition& at) {
  const Level adding = adding_level(at.dealing);
  for (Level level = Level::Replica; level < adding; level = finer(level)) {
    const bool adds_up = !ordered() && finer(level) == adding && !at.first();
    const comm::Sum sum{
        adds_up ? Accumulate::Add : Accumulate::Overwrite,
        ordered() ? at.dealing.present(axis_below(level), store_.here().node, at.micro_step) : -1};
    axes_.along(axis_below(level))
        .reduce_scatter(place(unit, whole, finer(level)), place(unit, whole, level), sum);
  }
}

void GradRing::keep_in_order(UnitIndex unit, DeviceSpan whole, const MicroStepPosition& at) {
  const DeviceSpan sum = place(unit, whole, adding_level(at.dealing));
  const bool is_one = at.dealing.group_present(store_.here(), at.micro_step);
  GradStack& stack = stacks_[static_cast<size_t>(unit.value)];
  if (at.last())
    stack.finish(sum, is_one, axes_.stream());
  else if (is_one)
    stack.push(sum, axes_.stream());
}

void GradRing::sum_over_groups(UnitIndex unit, DeviceSpan whole, const Dealing& dealing) {
  for (Level level = adding_level(dealing); level < Level::World; level = finer(level)) {
    const Axis axis = axis_below(level);
    const comm::Sum sum{Accumulate::Overwrite, ordered() ? dealing.present(axis, store_.here().node) : -1};
    axes_.along(axis).reduce_scatter(place(unit, whole, finer(level)), place(unit, whole, level), sum);
  }
  const Level wanted = store_.strategy().optimizer;
  if (wanted < Level::World)
    axes_.along(Axis::Node).all_gather(place(unit, whole, Level::Node), place(unit, whole, Level::World));
  if (wanted < Level::Node)
    axes_.along(Axis::Local).all_gather(place(unit, whole, Level::Replica), place(unit, whole, Level::Node));
}

Bytes GradRing::size(int64_t micro_batches) const {
  Bytes sum;
  for (const Slot& s : slots_) sum += s.memory->span().size();
  if (!ordered()) return sum;
  const Dealing dealing = deal(micro_batches);
  for (size_t i = 0; i < stacks_.size(); ++i)
    sum +=
        bytes(store_.slice(UnitIndex(static_cast<int>(i)), dealing.adding()).count, store_.master_dtype()) *
        GradStack::most_digits(dealing.micro_steps());
  return sum;
}

}  // namespace fullshard::shard
