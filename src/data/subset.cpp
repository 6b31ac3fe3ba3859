#include "fullshard/data/subset.hpp"

#include <fmt/format.h>

#include <cmath>

#include "data/exact_share.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

Split split_validation(const std::vector<const SampleSource*>& sources, double val_size, uint64_t seed) {
  int64_t n = 0;
  for (const SampleSource* s : sources) n += s->size();
  const double wanted =
      val_size >= 1 ? std::floor(val_size) : std::ceil(exact_share(val_size * static_cast<double>(n)));
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
  for (const SampleSource* source : sources) {
    std::vector<int64_t> train, validation;
    for (int64_t i = 0; i < source->size(); ++i) (held_out[at++] != 0 ? validation : train).push_back(i);
    if (train.empty())
      throw ConfigError("val_size",
                        fmt::format("val_size: {} leaves nothing to train of data set {} of {}; take less",
                                    val_size, out.train.size() + 1, sources.size()));
    out.train.emplace_back(*source, std::move(train));
    out.validation.emplace_back(*source, std::move(validation));
  }
  return out;
}

}  // namespace fullshard::data
