#pragma once

#include <span>
#include <vector>

#include "fullshard/data/sample_source.hpp"
#include "fullshard/data/token_word.hpp"

namespace fullshard::test {

/// Samples that a test makes up.
class MemorySamples : public data::SampleSource {
 public:
  int64_t size() const override { return std::ssize(samples_); }
  int64_t length(int64_t index) const override { return std::ssize(words(index)); }
  uint64_t digest(int64_t index) const override { return data::sample_digest(words(index)); }
  void read(int64_t index, std::vector<int32_t>& out) const override {
    out.insert(out.end(), words(index).begin(), words(index).end());
  }

  /// As many labels as ids; each is data::kIgnored or the id.
  void append(std::span<const int32_t> ids, std::span<const int32_t> labels) {
    auto& sample = samples_.emplace_back();
    for (size_t i = 0; i < ids.size(); ++i)
      sample.push_back(data::token_word(ids[i], labels[i] != data::kIgnored));
  }

 private:
  const std::vector<int32_t>& words(int64_t index) const { return samples_.at(static_cast<size_t>(index)); }

  std::vector<std::vector<int32_t>> samples_;
};

}  // namespace fullshard::test
