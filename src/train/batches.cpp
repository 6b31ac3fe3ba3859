#include "fullshard/train/batches.hpp"

namespace fullshard::train {

data::MicroBatch batch_or_idle(const data::Dataset& dataset, std::span<const int64_t> samples) {
  if (!samples.empty()) return data::make_micro_batch(dataset, samples);
  data::MicroBatch idle;
  idle.ids = {0};
  idle.targets = {data::kIgnored};
  idle.starts = {0, 1};
  return idle;
}

model::MicroBatch view(const data::MicroBatch& b) {
  return {b.ids, b.targets, b.starts};
}

}  // namespace fullshard::train
