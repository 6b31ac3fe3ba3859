#include "fullshard/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

Sample Dataset::operator[](int64_t index) const {
  FS_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
  const auto i = static_cast<size_t>(index);
  const auto begin = static_cast<size_t>(offsets_[i]), length = static_cast<size_t>(offsets_[i + 1]) - begin;
  return {std::span(ids_).subspan(begin, length), std::span(labels_).subspan(begin, length)};
}

uint64_t Dataset::digest(int64_t index) const {
  std::vector<int32_t> words;
  read(index, words);
  return sample_digest(words);
}

void Dataset::read(int64_t index, std::vector<int32_t>& words) const {
  const Sample s = (*this)[index];
  for (size_t t = 0; t < s.ids.size(); ++t) words.push_back(token_word(s.ids[t], s.labels[t] != kIgnored));
}

void Dataset::append(std::span<const int32_t> ids, std::span<const int32_t> labels) {
  FS_CHECK(ids.size() == labels.size() && !ids.empty(), "{} ids and {} labels", ids.size(), labels.size());
  ids_.insert(ids_.end(), ids.begin(), ids.end());
  labels_.insert(labels_.end(), labels.begin(), labels.end());
  offsets_.push_back(static_cast<int64_t>(ids_.size()));
  const auto length = static_cast<int64_t>(ids.size());
  const int64_t ignored = std::count(labels.begin() + 1, labels.end(), kIgnored) + 1;
  ledger_.tokens += length;
  ledger_.trained += length - ignored;
  ledger_.masked += ignored;
}

Split split_validation(std::span<const Dataset> datasets, double val_size, uint64_t seed) {
  int64_t n = 0;
  for (const Dataset& d : datasets) n += d.size();
  const double wanted = val_size >= 1 ? std::floor(val_size) : std::ceil(val_size * static_cast<double>(n));
  if (!(val_size > 0) || !(wanted < static_cast<double>(n)))
    throw ConfigError(
        "val_size", fmt::format("val_size: {} of {} samples leaves nothing to train or to validate; expected "
                                "a count below {} or a fraction between 0 and 1",
                                val_size, n, n));
  std::vector<uint8_t> held_out(static_cast<size_t>(n), 0);
  for (int64_t i = n - static_cast<int64_t>(wanted); i < n; ++i)
    held_out[permuted(static_cast<uint64_t>(i), static_cast<uint64_t>(n), seed)] = 1;
  Split out;
  size_t at = 0;
  for (const Dataset& d : datasets) {
    Dataset& train = out.train.emplace_back();
    for (int64_t i = 0; i < d.size(); ++i) {
      const Sample s = d[i];
      (held_out[at++] != 0 ? out.validation : train).append(s.ids, s.labels);
    }
    if (train.size() == 0)
      throw ConfigError("val_size",
                        fmt::format("val_size: {} leaves nothing to train of data set {} of {}; take less",
                                    val_size, out.train.size(), datasets.size()));
  }
  return out;
}

}  // namespace fullshard::data
