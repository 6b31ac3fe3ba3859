#include "fullshard/generate/sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::generate {

namespace {

constexpr uint64_t kStream = 0x67656e;  // of draws; any number that nothing else uses with the user's seed

struct Candidate {
  double weight;  // not normalised
  int32_t id;
};

bool less_probable(const Candidate& a, const Candidate& b) {
  return a.weight < b.weight || (!(b.weight < a.weight) && a.id > b.id);
}

int32_t most_probable(std::span<const double> logits) {
  size_t best = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i]) || logits[i] == std::numeric_limits<double>::infinity())
      throw NumbersError(fmt::format(
          "expected finite logits, found {} for token {}; the model's weights are damaged or overflow in "
          "this precision",
          logits[i], i));
    if (logits[i] > logits[best]) best = i;
  }
  if (std::isinf(logits[best])) throw NumbersError("expected finite logits, found -inf for every token");
  return static_cast<int32_t>(best);
}

// Most probable first, until they sum to `share` of `total`.
std::vector<Candidate> nucleus(std::vector<Candidate> all, double share, double total) {
  std::vector<Candidate> kept;
  std::make_heap(all.begin(), all.end(), less_probable);
  for (double sum = 0; !all.empty() && (kept.empty() || sum < share * total); sum += kept.back().weight) {
    std::pop_heap(all.begin(), all.end(), less_probable);
    kept.push_back(all.back());
    all.pop_back();
  }
  return kept;
}

double sum_of(std::span<const Candidate> candidates) {
  double sum = 0;
  for (const Candidate& c : candidates) sum += c.weight;
  return sum;
}

}  // namespace

void validate(const SamplingOptions& o) {
  if (!(o.temperature >= 0) || std::isinf(o.temperature))
    throw ConfigError(
        "temperature",
        fmt::format("--temperature: expected 0 (greedy) or a positive number, found {}", o.temperature));
  if (!(o.top_p > 0 && o.top_p <= 1))
    throw ConfigError("top_p",
                      fmt::format("--top-p: expected a number above 0 and up to 1, found {}", o.top_p));
}

int32_t sample(std::span<const double> logits, const SamplingOptions& options, uint64_t position) {
  const int32_t best = most_probable(logits);
  if (options.temperature == 0) return best;
  const double largest = logits[static_cast<size_t>(best)];
  std::vector<Candidate> candidates;
  candidates.reserve(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    candidates.push_back({std::exp((logits[i] - largest) / options.temperature), static_cast<int32_t>(i)});
  if (options.top_p < 1) {
    const double total = sum_of(candidates);
    candidates = nucleus(std::move(candidates), options.top_p, total);
  }
  double left = CounterRng(options.seed, kStream).uniform(position) * sum_of(candidates);
  for (const Candidate& c : candidates)
    if ((left -= c.weight) < 0) return c.id;
  return best;  // rounding let nothing be drawn
}

}  // namespace fullshard::generate
