#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fullshard/data/sample_source.hpp"

namespace fullshard::data {

enum class Order : uint8_t { Shuffled, AsInFiles };

/// How sources of unlike size become one epoch.
enum class MixStrategy : uint8_t {
  Concat,           ///< each as often as its `epochs` say
  InterleaveUnder,  ///< by `weight`, until the first is used up: once, and no other more than once
  InterleaveOver,   ///< by `weight`, until the last is used up: once, and every other at least once
};

struct SourceWish {
  int64_t size = 0;   ///< samples
  double epochs = 1;  ///< Concat: passes of an epoch of the run; 0.5 is half of the source
  double weight = 1;  ///< Interleave: share of the samples, in any unit
};

/// How many samples an epoch takes of each source; the same in every epoch. By weight: the source that
/// decides gives all it has, the others share the rest by the method of the largest remainder, so each is
/// less than one sample off its exact share. At least one sample of each.
///
/// Throws  InternalError unless sizes, epochs and weights are above 0
std::vector<int64_t> samples_per_epoch(std::span<const SourceWish> sources, MixStrategy strategy);

/// Which samples an epoch takes: arithmetic on (seed, epoch), without a table. A source is an endless stream
/// of passes, each a permutation of its own, and an epoch takes what comes next of it: nothing comes twice
/// before everything came once.
///
///   source of 5, 3 to an epoch    pass 0 [2 4 0 1 3] pass 1 [1 0 3 2 4] …
///                                        e0    |  e1      |  e2    |
class Mixture {
 public:
  struct Source {
    int64_t size = 0, per_epoch = 0;
    bool operator==(const Source&) const = default;
  };
  Mixture(std::vector<Source> sources, uint64_t seed, Order order);

  const std::vector<Source>& sources() const { return sources_; }
  /// Samples of an epoch.
  int64_t size() const { return begins_.back(); }
  /// Source after source; `position` is from 0 to below size().
  SampleId at(int64_t epoch, int64_t position) const;
  /// Whether all epochs have the same samples.
  bool epochs_are_alike() const;

 private:
  std::vector<Source> sources_;
  std::vector<int64_t> begins_;  // [sources + 1] positions
  uint64_t seed_;
  Order order_;
};

}  // namespace fullshard::data
