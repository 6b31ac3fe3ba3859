#include "fullshard/data/batch.hpp"

#include <algorithm>

#include "fullshard/core/check.hpp"
#include "fullshard/core/rng.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::data {

MicroBatch make_micro_batch(const Dataset& dataset, std::span<const int64_t> samples) {
  MicroBatch out;
  for (const int64_t index : samples) {
    const Sample s = dataset[index];
    out.ids.insert(out.ids.end(), s.ids.begin(), s.ids.end());
    out.targets.insert(out.targets.end(), s.labels.begin() + 1, s.labels.end());
    out.targets.push_back(kIgnored);
    out.starts.push_back(static_cast<int32_t>(out.ids.size()));
  }
  out.trained =
      static_cast<int64_t>(out.targets.size()) - std::count(out.targets.begin(), out.targets.end(), kIgnored);
  return out;
}

BatchPlan::BatchPlan(const Options& options) : options_(options) {
  FS_CHECK(options.num_samples >= 1 && options.global_batch >= 1 && options.micro_batch >= 1,
           "{} samples in batches of {} and micro-batches of {}", options.num_samples, options.global_batch,
           options.micro_batch);
}

int64_t BatchPlan::steps_per_epoch() const {
  return ceil_div(options_.num_samples, options_.global_batch);
}

int64_t BatchPlan::batch_size(int64_t step) const {
  const int64_t first = step % steps_per_epoch() * options_.global_batch;
  return std::min(options_.global_batch, options_.num_samples - first);
}

int64_t BatchPlan::sample_at(int64_t epoch, int64_t index) const {
  if (options_.order == Order::AsInFiles) return index;
  const uint64_t epoch_seed = CounterRng(options_.seed, static_cast<uint64_t>(epoch)).bits(0);
  return static_cast<int64_t>(
      permuted(static_cast<uint64_t>(index), static_cast<uint64_t>(options_.num_samples), epoch_seed));
}

int64_t BatchPlan::samples_before(int64_t step) const {
  return epoch_of(step) * options_.num_samples + step % steps_per_epoch() * options_.global_batch;
}

std::vector<int64_t> BatchPlan::samples_between(int64_t step, int64_t begin, int64_t end) const {
  FS_CHECK(step >= 0, "step {}", step);
  const int64_t first = step % steps_per_epoch() * options_.global_batch;
  std::vector<int64_t> samples;
  for (int64_t i = begin; i < std::min(end, batch_size(step)); ++i)
    samples.push_back(sample_at(epoch_of(step), first + i));
  return samples;
}

std::vector<int64_t> BatchPlan::samples_of(int64_t step) const {
  return samples_between(step, 0, batch_size(step));
}

std::vector<int64_t> BatchPlan::samples_of(int64_t step, int64_t micro_batch) const {
  return samples_between(step, micro_batch * options_.micro_batch, (micro_batch + 1) * options_.micro_batch);
}

int64_t BatchPlan::num_micro_batches(int64_t step) const {
  return ceil_div(batch_size(step), options_.micro_batch);
}

}  // namespace fullshard::data
