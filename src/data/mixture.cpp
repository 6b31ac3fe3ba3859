#include "fullshard/data/mixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "data/exact_share.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

namespace {

// The first of those with the smallest (or largest) size for its weight.
size_t decides(std::span<const SourceWish> sources, MixStrategy strategy) {
  const auto shorter = [](const SourceWish& a, const SourceWish& b) {
    return static_cast<double>(a.size) * b.weight < static_cast<double>(b.size) * a.weight;
  };
  const auto found = strategy == MixStrategy::InterleaveUnder
                         ? std::min_element(sources.begin(), sources.end(), shorter)
                         : std::max_element(sources.begin(), sources.end(), shorter);
  return static_cast<size_t>(found - sources.begin());
}

// An epoch is planned as a whole.
constexpr double kMostPerEpoch = 0x1p32;

void check_size(double samples, size_t source) {
  if (samples > kMostPerEpoch)
    throw ConfigError(
        "sources",
        fmt::format("sources: an epoch would take {:.3g} samples of source {}; expected {:.3g} at most: "
                    "give it less weight or fewer epochs, the others more, or mix_strategy: "
                    "interleave_under",
                    samples, source + 1, kMostPerEpoch));
}

std::vector<int64_t> by_weight(std::span<const SourceWish> sources, size_t decisive) {
  const auto per_weight = static_cast<double>(sources[decisive].size) / sources[decisive].weight;
  std::vector<int64_t> counts(sources.size());
  std::vector<double> remainders(sources.size(), -1);
  double exact = 0;
  int64_t given = 0;
  for (size_t s = 0; s < sources.size(); ++s) {
    if (s == decisive) continue;
    // Exact, so that a source that is just used up gives no sample twice.
    const double share = exact_share(per_weight * sources[s].weight);
    check_size(share, s);
    counts[s] = static_cast<int64_t>(std::floor(share));
    remainders[s] = share - std::floor(share);
    exact += share;
    given += counts[s];
  }
  std::vector<size_t> order(sources.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; given < std::llround(exact); ++i, ++given) ++counts[order[i]];
  counts[decisive] = sources[decisive].size;
  return counts;
}

}  // namespace

std::vector<int64_t> samples_per_epoch(std::span<const SourceWish> sources, MixStrategy strategy) {
  for (const SourceWish& s : sources)
    FS_CHECK(s.size > 0 && s.epochs > 0 && s.weight > 0, "a source of {} samples, {} epochs, weight {}",
             s.size, s.epochs, s.weight);
  std::vector<int64_t> counts;
  if (strategy == MixStrategy::Concat)
    for (size_t s = 0; s < sources.size(); ++s) {
      const double samples = sources[s].epochs * static_cast<double>(sources[s].size);
      check_size(samples, s);
      counts.push_back(std::llround(samples));
    }
  else
    counts = by_weight(sources, decides(sources, strategy));
  for (int64_t& count : counts) count = std::max<int64_t>(1, count);
  return counts;
}

Mixture::Mixture(std::vector<Source> sources, uint64_t seed, Order order)
    : sources_(std::move(sources)), begins_{0}, seed_(seed), order_(order) {
  FS_CHECK(!sources_.empty(), "a mixture of nothing");
  for (const Source& s : sources_) {
    FS_CHECK(s.size > 0 && s.per_epoch > 0, "{} of {} samples in an epoch", s.per_epoch, s.size);
    begins_.push_back(begins_.back() + s.per_epoch);
  }
}

SampleId Mixture::at(int64_t epoch, int64_t position) const {
  FS_CHECK(epoch >= 0 && position >= 0 && position < size(), "position {} of {} in epoch {}", position,
           size(), epoch);
  const auto source =
      static_cast<size_t>(std::upper_bound(begins_.begin(), begins_.end(), position) - begins_.begin() - 1);
  const Source& s = sources_[source];
  const int64_t in_stream = epoch * s.per_epoch + position - begins_[source];
  const int64_t pass = in_stream / s.size, index = in_stream % s.size;
  const auto id = static_cast<int32_t>(source);
  if (order_ == Order::AsInFiles) return {id, index};
  const uint64_t pass_seed =
      CounterRng(CounterRng(seed_, source).bits(0), static_cast<uint64_t>(pass)).bits(0);
  return {id, static_cast<int64_t>(
                  permuted(static_cast<uint64_t>(index), static_cast<uint64_t>(s.size), pass_seed))};
}

bool Mixture::epochs_are_alike() const {
  return std::all_of(sources_.begin(), sources_.end(),
                     [](const Source& s) { return s.per_epoch % s.size == 0; });
}

}  // namespace fullshard::data
