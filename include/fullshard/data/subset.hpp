#pragma once

#include <optional>
#include <vector>

#include "fullshard/data/sample_source.hpp"

namespace fullshard::data {

/// Some samples of a source, which must outlive it.
class Subset : public SampleSource {
 public:
  /// All of them.
  explicit Subset(const SampleSource& source) : source_(&source) {}
  Subset(const SampleSource& source, std::vector<int64_t> indices)
      : source_(&source), indices_(std::move(indices)) {}

  int64_t size() const override { return indices_ ? std::ssize(*indices_) : source_->size(); }
  int64_t length(int64_t index) const override { return source_->length(at(index)); }
  uint64_t digest(int64_t index) const override { return source_->digest(at(index)); }
  void read(int64_t index, std::vector<int32_t>& words) const override { source_->read(at(index), words); }

 private:
  int64_t at(int64_t index) const { return indices_ ? indices_->at(static_cast<size_t>(index)) : index; }

  const SampleSource* source_;
  std::optional<std::vector<int64_t>> indices_;
};

/// Sources in two, each part in the order of its source.
struct Split {
  std::vector<Subset> train, validation;
};
/// Takes the last samples of a seeded permutation over all sources as validation. `val_size` is a count from
/// 1 on and a fraction below, rounded up; ConfigError unless it is above 0 and leaves something of each
/// source.
Split split_validation(const std::vector<const SampleSource*>& sources, double val_size, uint64_t seed);

}  // namespace fullshard::data
