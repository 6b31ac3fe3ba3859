#include "fullshard/data/run_plan.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/exact_share.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::data {

RunPlan::RunPlan(Mixture mixture, LengthOf length, const Batching& batching)
    : mixture_(std::move(mixture)),
      length_(std::move(length)),
      batching_(batching),
      alike_(!batching.row_length || mixture_.epochs_are_alike()) {}

void RunPlan::set_global_batch(int64_t rows) {
  batching_.global_batch = rows;
  first_steps_ = {0};
  for (const int64_t of_epoch : rows_) add_steps(of_epoch);
}

void RunPlan::add_steps(int64_t rows) {
  first_steps_.push_back(first_steps_.back() + ceil_div(rows, batching_.global_batch));
}

void RunPlan::count_next_epoch() {
  const auto epoch = static_cast<int64_t>(rows_.size());
  const auto packed = packed_rows(mixture_, epoch, length_, batching_);
  rows_.push_back(packed ? packed->count() : mixture_.size());
  add_steps(rows_.back());
}

int64_t RunPlan::rows_of(int64_t epoch) {
  while (std::ssize(rows_) <= (alike_ ? 0 : epoch)) count_next_epoch();
  return rows_[alike_ ? 0 : static_cast<size_t>(epoch)];
}

int64_t RunPlan::first_step_of(int64_t epoch) {
  FS_CHECK(epoch >= 0, "epoch {}", epoch);
  if (alike_) return epoch * ceil_div(rows_of(0), batching_.global_batch);
  while (std::ssize(rows_) < epoch) count_next_epoch();
  return first_steps_[static_cast<size_t>(epoch)];
}

int64_t RunPlan::epoch_of(int64_t step) {
  FS_CHECK(step >= 0, "step {}", step);
  if (alike_) return step / first_step_of(1);
  while (first_steps_.back() <= step) count_next_epoch();
  return std::upper_bound(first_steps_.begin(), first_steps_.end(), step) - first_steps_.begin() - 1;
}

// Counts no epoch that begins at this step: where a run ends, nobody needs it.
bool RunPlan::begins_epoch(int64_t step) {
  if (alike_) return step % first_step_of(1) == 0;
  while (first_steps_.back() < step) count_next_epoch();
  return std::binary_search(first_steps_.begin(), first_steps_.end(), step);
}

int64_t RunPlan::steps_of_epochs(double epochs) {
  const auto whole = static_cast<int64_t>(epochs);
  const int64_t before = first_step_of(whole);
  if (!(epochs > static_cast<double>(whole))) return before;
  // Of all epochs, as the fraction alone is not exact: that of 2.2 is more than a fifth.
  const int64_t steps = steps_of(whole);
  return before - whole * steps +
         static_cast<int64_t>(std::ceil(exact_share(epochs * static_cast<double>(steps))));
}

double RunPlan::epochs_of_steps(int64_t steps) {
  if (steps == 0) return 0;
  if (begins_epoch(steps)) return static_cast<double>(epoch_of(steps - 1) + 1);
  const int64_t epoch = epoch_of(steps);
  return static_cast<double>(epoch) +
         static_cast<double>(steps - first_step_of(epoch)) / static_cast<double>(steps_of(epoch));
}

int64_t RunPlan::num_micro_batches(int64_t step) {
  const int64_t epoch = epoch_of(step), before = (step - first_step_of(epoch)) * batching_.global_batch;
  return ceil_div(std::min(batching_.global_batch, rows_of(epoch) - before), batching_.micro_batch);
}

}  // namespace fullshard::data
