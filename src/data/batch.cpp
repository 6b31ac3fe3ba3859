#include "fullshard/data/batch.hpp"

#include "fullshard/core/check.hpp"

namespace fullshard::data {

int64_t MicroBatch::append(std::span<const int32_t> words) {
  FS_CHECK(!words.empty(), "a sample without tokens");
  for (size_t t = 0; t < words.size(); ++t) {
    ids.push_back(id_of(words[t]));
    targets.push_back(t + 1 < words.size() ? label_of(words[t + 1]) : kIgnored);
  }
  const int64_t trains = trained_in(words);
  starts.push_back(static_cast<int32_t>(ids.size()));
  trained += trains;
  return trains;
}

}  // namespace fullshard::data
