#include "fullshard/data/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

int64_t Dataset::max_length() const {
  int64_t longest = 0;
  for (size_t i = 1; i < offsets_.size(); ++i) longest = std::max(longest, offsets_[i] - offsets_[i - 1]);
  return longest;
}

Sample Dataset::operator[](int64_t index) const {
  FS_CHECK(index >= 0 && index < size(), "sample {} of {}", index, size());
  const auto i = static_cast<size_t>(index);
  const auto begin = static_cast<size_t>(offsets_[i]), length = static_cast<size_t>(offsets_[i + 1]) - begin;
  return {std::span(ids_).subspan(begin, length), std::span(labels_).subspan(begin, length)};
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

Split split_validation(const Dataset& dataset, double val_size, uint64_t seed) {
  const int64_t n = dataset.size();
  const double wanted = val_size >= 1 ? std::floor(val_size) : std::ceil(val_size * static_cast<double>(n));
  if (!(val_size > 0) || !(wanted < static_cast<double>(n)))
    throw ConfigError(
        "val_size", fmt::format("val_size: {} of {} samples leaves nothing to train or to validate; expected "
                                "a count below {} or a fraction between 0 and 1",
                                val_size, n, n));
  const int64_t first_validation = n - static_cast<int64_t>(wanted);
  std::vector<uint8_t> held_out(static_cast<size_t>(n), 0);
  for (int64_t i = first_validation; i < n; ++i)
    held_out[permuted(static_cast<uint64_t>(i), static_cast<uint64_t>(n), seed)] = 1;
  Split out;
  for (int64_t i = 0; i < n; ++i) {
    const Sample s = dataset[i];
    (held_out[static_cast<size_t>(i)] != 0 ? out.validation : out.train).append(s.ids, s.labels);
  }
  return out;
}

}  // namespace fullshard::data
