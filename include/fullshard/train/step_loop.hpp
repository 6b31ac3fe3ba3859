#pragma once
// One micro-step, forward and backward, over gathered units. The heart of the program; docs/step.md walks
// through it.

#include <vector>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/core/timeline.hpp"
#include "fullshard/model/block.hpp"
#include "fullshard/model/head.hpp"
#include "fullshard/shard/gather_ring.hpp"
#include "fullshard/shard/grad_ring.hpp"

namespace fullshard::train {

/// What backward computes again. Full: a block keeps only its input. None: all that its backward needs.
enum class Recompute { None, Full };

class StepLoop {
 public:
  /// Everything must outlive the loop. `compute`: the dtype of weights and activations, and where they are.
  StepLoop(const model::ModelSpec& spec, at::TensorOptions compute, shard::GatherRing& ring,
           shard::GradRing& gradients, Recompute recompute);

  /// Says on the board whether it goes forward or backward.
  void report_to(ProgressBoard* board) { board_ = board; }

  /// Adds this micro-batch's gradient of the plain sum of token losses to the gradient slices, which are
  /// complete after the last micro-step; returns that sum.
  ///
  /// Collective  over the world; every rank calls it equally often, with a batch of ignored targets if it has
  /// none
  double micro_step(const model::MicroBatch& batch, shard::MicroStepPosition position);

  /// What was computed when, if it is kept.
  Timeline& timeline() { return timeline_; }

  /// The loss sum alone. Collective like micro_step.
  double loss(const model::MicroBatch& batch);

 private:
  template <class Keep>
  at::Tensor forward(const model::MicroBatch& batch, const model::Sequences& sequences, Keep&& keep);
  model::Sequences sequences_of(const model::MicroBatch& batch) const;
  /// Blocks that are gathered before their turn.
  size_t ahead() const { return std::min(static_cast<size_t>(ring_.depth()), blocks_.size()); }
  void prefetch_after(size_t layer);
  void prefetch_before(size_t layer);
  UnitIndex block_unit(size_t layer) const { return spec_.block_unit(static_cast<int64_t>(layer)); }

  const model::ModelSpec& spec_;
  at::TensorOptions compute_;
  shard::GatherRing& ring_;
  shard::GradRing& gradients_;
  Recompute recompute_;
  std::vector<model::Block> blocks_;
  model::Head head_;
  Timeline timeline_;
  ProgressBoard* board_ = nullptr;
};

}  // namespace fullshard::train
