#include "fullshard/train/step_loop.hpp"

#include <optional>

#include "fullshard/model/embedding.hpp"

namespace fullshard::train {

using at::Tensor;
using model::MicroBatch;
using model::Sequences;
using shard::GatheredUnit;
using shard::GradSlot;

StepLoop::StepLoop(const model::ModelSpec& spec, at::TensorOptions compute, shard::GatherRing& ring,
                   shard::GradRing& gradients, Recompute recompute)
    : spec_(spec),
      compute_(compute),
      ring_(ring),
      gradients_(gradients),
      recompute_(recompute),
      head_(spec.config) {
  for (int64_t layer = 0; layer < spec.config.num_layers; ++layer) blocks_.emplace_back(spec.config, layer);
}

// Order of work for unit u, "<" meaning "happens before":
//   gather(u)  < forward(u) < release(u)                   gather(u+1) is launched before forward(u) computes
//   gather'(u) < recompute(u) < backward(u) < reduce(u)    units in reverse, same prefetch; embed needs no
//   weights
// On entry no slot is in use. On exit from the last micro-step every gradient slice holds the sum over all.
double StepLoop::micro_step(const MicroBatch& batch, shard::MicroStepPosition position) {
  const Sequences sequences = sequences_of(batch);
  std::vector<model::BlockSaved> saved(blocks_.size());
  gradients_.begin_micro_step(position);
  if (board_) board_->enter(Phase::Forward);

  Tensor x = forward(batch, sequences, [&](size_t layer, const Tensor& input, model::BlockSaved kept) {
    if (recompute_ == Recompute::None)
      saved[layer] = std::move(kept);
    else
      saved[layer].x_ND = input;
  });

  if (board_) board_->enter(Phase::Backward);
  // The head's loss and gradients come in one pass; a tied slot stays open until the embedding's rows are in
  // it.
  GradSlot head_slot = gradients_.acquire(spec_.head_unit());
  auto [loss, dx] = [&] {
    const GatheredUnit w = ring_.acquire(spec_.head_unit());
    const Timeline::Scope head(timeline_, "head", spec_.head_unit());
    return head_.forward_backward(w.tensors(), x, batch, head_slot.tensors(), head_slot.next_mode());
  }();
  x.reset();
  if (!spec_.config.tied) std::move(head_slot).reduce();

  for (size_t layer = blocks_.size(); layer-- > 0;) {
    GradSlot slot = gradients_.acquire(block_unit(layer));
    {
      const GatheredUnit w = ring_.acquire(block_unit(layer));
      prefetch_before(layer);
      const Timeline::Scope backward(timeline_, "backward", block_unit(layer));
      model::BlockSaved s = std::move(saved[layer]);
      if (recompute_ == Recompute::Full) s = blocks_[layer].forward(w.tensors(), s.x_ND, sequences).saved;
      dx =
          blocks_[layer].backward(w.tensors(), std::move(s), dx, sequences, slot.tensors(), slot.next_mode());
    }  // released before the reduce: it reads the gradient slot, not the parameters
    std::move(slot).reduce();
  }

  GradSlot embed_slot = spec_.config.tied ? std::move(head_slot) : gradients_.acquire(spec_.embed_unit());
  {
    const Timeline::Scope backward(timeline_, "backward", spec_.embed_unit());
    model::embed_backward(spec_.config, embed_slot.tensors(), dx, batch, embed_slot.next_mode());
  }
  std::move(embed_slot).reduce();
  if (position.last()) gradients_.wait();
  return loss;
}

double StepLoop::loss(const MicroBatch& batch) {
  const Sequences sequences = sequences_of(batch);
  const Tensor x = forward(batch, sequences, [](size_t, const Tensor&, model::BlockSaved) {});
  const GatheredUnit w = ring_.acquire(spec_.head_unit());
  return head_.loss(w.tensors(), x, batch);
}

Sequences StepLoop::sequences_of(const MicroBatch& batch) const {
  return {spec_.config, model::Segments(batch.starts, compute_.device()),
          c10::typeMetaToScalarType(compute_.dtype())};
}

// The head is gathered in the place of the last block's successor.
void StepLoop::prefetch_after(size_t layer) {
  for (size_t next = layer + 1; next <= layer + ahead() && next <= blocks_.size(); ++next)
    ring_.prefetch(next < blocks_.size() ? block_unit(next) : spec_.head_unit());
}

void StepLoop::prefetch_before(size_t layer) {
  for (size_t k = 1; k <= ahead() && k <= layer; ++k) ring_.prefetch(block_unit(layer - k));
}

// From ids to the input of the head; `keep` gets what each block's backward would need.
template <class Keep>
Tensor StepLoop::forward(const MicroBatch& batch, const Sequences& sequences, Keep&& keep) {
  Tensor x = [&] {
    const GatheredUnit w = ring_.acquire(spec_.embed_unit());
    for (size_t next = 0; next < ahead(); ++next) ring_.prefetch(block_unit(next));
    return model::embed(w.tensors(), batch.ids);
  }();
  for (size_t layer = 0; layer < blocks_.size(); ++layer) {
    const GatheredUnit w = ring_.acquire(block_unit(layer));
    prefetch_after(layer);
    const Timeline::Scope forward(timeline_, "forward", block_unit(layer));
    auto [y, kept] = blocks_[layer].forward(w.tensors(), x, sequences);
    keep(layer, x, std::move(kept));
    x = std::move(y);
  }
  return x;
}

}  // namespace fullshard::train
