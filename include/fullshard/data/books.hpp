#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fullshard/core/hash.hpp"
#include "fullshard/data/epoch_plan.hpp"

namespace fullshard::data {

/// What was trained of one source. Tallies add up over steps and ranks.
struct Tally {
  int64_t samples = 0;
  int64_t tokens = 0;
  int64_t trained = 0;  ///< targets that counted in a loss
  /// Sum over the samples of 128 bits that follow from their digests: order and ranks do not show in it, a
  /// sample that was left out, changed or trained twice does.
  Digest hash;

  void add(uint64_t digest, int64_t tokens, int64_t trained);
  Tally& operator+=(const Tally& other);
  bool operator==(const Tally&) const = default;
};

/// A tally of every source.
using Books = std::vector<Tally>;
void add(Books& books, const Books& others);
Tally total(const Books& books);

/// Where samples come from; SampleId::source is an index into it.
using Sources = std::span<const SampleSource* const>;

/// One of `parts` that together are the whole, from 0 on.
struct Part {
  int64_t number = 0, parts = 1;
};

/// What the books must say at the end of an epoch, but for `trained`, which is in the hash. The sum over all
/// parts is the whole: ranks share the work.
Books planned(const Mixture& mixture, int64_t epoch, Sources sources, Part part);
/// The same when only the first `steps` of the epoch are done.
Books planned(const EpochPlan& epoch, int64_t steps, Sources sources, Part part);

/// Whether the books say what was planned.
bool balanced(const Books& books, const Books& planned);

}  // namespace fullshard::data
