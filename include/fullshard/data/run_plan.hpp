#pragma once

#include <cstdint>
#include <vector>

#include "fullshard/data/epoch_plan.hpp"

namespace fullshard::data {

/// The epochs of a run one after the other, counted in steps. Epochs of unlike samples may have unlike
/// numbers of steps; they are packed to be counted, once each: only epoch() is for several threads at a time.
class RunPlan {
 public:
  RunPlan(Mixture mixture, LengthOf length, const Batching& batching);
  /// The same rows in other global batches.
  void set_global_batch(int64_t rows);

  const Mixture& mixture() const { return mixture_; }
  const Batching& batching() const { return batching_; }

  int64_t rows_of(int64_t epoch);
  int64_t steps_of(int64_t epoch) { return first_step_of(epoch + 1) - first_step_of(epoch); }
  int64_t first_step_of(int64_t epoch);
  /// Step 0 is in epoch 0.
  int64_t epoch_of(int64_t step);
  /// A step before which an epoch begins, 0 included.
  bool begins_epoch(int64_t step);
  /// Steps that make so many epochs, the last one begun rounded up.
  int64_t steps_of_epochs(double epochs);
  /// How many epochs these steps make.
  double epochs_of_steps(int64_t steps);
  int64_t num_micro_batches(int64_t step);

  EpochPlan epoch(int64_t number) const { return {mixture_, number, length_, batching_}; }

 private:
  void count_next_epoch();
  void add_steps(int64_t rows);

  Mixture mixture_;
  LengthOf length_;
  Batching batching_;
  bool alike_;                              ///< all epochs have as many rows as the first
  std::vector<int64_t> rows_;               ///< of the epochs that were counted so far
  std::vector<int64_t> first_steps_ = {0};  ///< of these and of the one behind them
};

}  // namespace fullshard::data
