#include "fullshard/train/batches.hpp"

#include <numeric>

namespace fullshard::train {

data::MicroBatch batch_or_idle(const data::Dataset& dataset, std::span<const int64_t> samples,
                               int32_t pad_id) {
  if (!samples.empty()) return data::make_micro_batch(dataset, samples, pad_id);
  data::MicroBatch idle;
  idle.rows = idle.length = 1;
  idle.ids = {pad_id};
  idle.targets = {data::kIgnored};
  idle.row_lengths = {0};
  return idle;
}

model::MicroBatch view(const data::MicroBatch& b) {
  return {b.rows, b.length, b.ids, b.targets};
}

int64_t num_tokens(const data::MicroBatch& b) {
  return std::accumulate(b.row_lengths.begin(), b.row_lengths.end(), int64_t{0});
}

}  // namespace fullshard::train
