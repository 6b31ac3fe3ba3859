#include "fullshard/data/batch_reader.hpp"

namespace fullshard::data {

MicroBatch BatchReader::read(std::span<const SampleId> samples) {
  MicroBatch batch;
  if (samples.empty()) batch.append(std::vector<int32_t>{~0});
  for (const SampleId s : samples) {
    const auto number = static_cast<size_t>(s.source);
    const SampleSource& source = *sources_[number];
    words_.clear();
    source.read(s.index, words_);
    const int64_t trained = batch.append(words_);
    books_[number].add(sample_digest(words_), std::ssize(words_), trained);
  }
  return batch;
}

Books BatchReader::take_books() {
  return std::exchange(books_, Books(sources_.size()));
}

}  // namespace fullshard::data
