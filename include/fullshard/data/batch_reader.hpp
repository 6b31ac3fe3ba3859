#pragma once

#include <span>
#include <utility>
#include <vector>

#include "fullshard/data/batch.hpp"
#include "fullshard/data/books.hpp"

namespace fullshard::data {

/// Reads samples into micro-batches and keeps the books of it.
class BatchReader {
 public:
  /// Sources must outlive it.
  explicit BatchReader(std::vector<const SampleSource*> sources)
      : sources_(std::move(sources)), books_(sources_.size()) {}

  /// These samples end to end. Without any it is one token that trains nothing, and is in no book: a rank
  /// that has none takes part in every collective and contributes zero. Throws as SampleSource::read.
  MicroBatch read(std::span<const SampleId> samples);
  /// Of what was read since the last call.
  Books take_books();

 private:
  std::vector<const SampleSource*> sources_;
  Books books_;
  std::vector<int32_t> words_;  // of the sample that is read
};

}  // namespace fullshard::data
