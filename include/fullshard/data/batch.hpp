#pragma once
// Shapes: N tokens of S samples.

#include <cstdint>
#include <span>
#include <vector>

#include "fullshard/data/token_word.hpp"

namespace fullshard::data {

/// Samples that go through the model together, end to end: there is no padding.
struct MicroBatch {
  std::vector<int32_t> ids;  ///< [N]
  std::vector<int32_t>
      targets;  ///< [N] what token t shall predict: the next one of its sample, if it is trained
  std::vector<int32_t> starts = {0};  ///< [S+1] sample s is tokens [starts[s], starts[s + 1])
  int64_t trained = 0;                ///< targets other than kIgnored

  int64_t num_samples() const { return static_cast<int64_t>(starts.size()) - 1; }
  int64_t num_tokens() const { return starts.back(); }

  /// Adds a sample, as SampleSource::read gives it. Returns how many targets it trains.
  int64_t append(std::span<const int32_t> words);
};

}  // namespace fullshard::data
