#pragma once
// Shapes: N tokens of S samples.

#include <cstdint>
#include <span>
#include <vector>

#include "fullshard/core/ids.hpp"
#include "fullshard/data/dataset.hpp"

namespace fullshard::data {

/// Samples that go through the model together, end to end: there is no padding.
struct MicroBatch {
  std::vector<int32_t> ids;      ///< [N]
  std::vector<int32_t> targets;  ///< [N] labels one to the left: targets[t] is what token t shall predict
  std::vector<int32_t> starts = {0};  ///< [S+1] sample s is tokens [starts[s], starts[s + 1])
  int64_t trained = 0;                ///< targets other than kIgnored

  int64_t num_samples() const { return static_cast<int64_t>(starts.size()) - 1; }
  int64_t num_tokens() const { return starts.back(); }
};

/// The samples with these indices; none give an empty micro-batch.
MicroBatch make_micro_batch(const Dataset& dataset, std::span<const int64_t> samples);

enum class Order : uint8_t { Shuffled, AsInFiles };

/// Which samples a step trains, micro-batch by micro-batch; who computes which is mesh::Dealing's business.
/// Pure arithmetic on (samples, batch sizes, seed, step): there is no state, and the data cursor of a
/// checkpoint is the number of steps done.
class BatchPlan {
 public:
  struct Options {
    int64_t num_samples = 0;
    int64_t global_batch = 1;
    int64_t micro_batch = 1;  ///< rows of a micro-batch
    uint64_t seed = 0;
    Order order = Order::Shuffled;
  };
  explicit BatchPlan(const Options& options);

  /// The last step of an epoch takes what is left.
  int64_t steps_per_epoch() const;
  int64_t epoch_of(int64_t step) const { return step / steps_per_epoch(); }
  /// Samples of step 0, 1, … counted over all epochs.
  std::vector<int64_t> samples_of(int64_t step) const;
  /// Those of one micro-batch of the step; none from num_micro_batches(step) on.
  std::vector<int64_t> samples_of(int64_t step, int64_t micro_batch) const;
  /// Samples of all steps before this one.
  int64_t samples_before(int64_t step) const;
  int64_t num_micro_batches(int64_t step) const;

 private:
  int64_t batch_size(int64_t step) const;
  std::vector<int64_t> samples_between(int64_t step, int64_t begin, int64_t end) const;
  int64_t sample_at(int64_t epoch, int64_t index) const;

  Options options_;
};

}  // namespace fullshard::data
