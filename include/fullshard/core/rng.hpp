#pragma once
// Counter-based random numbers: a value is a pure function of (key, counter), so there is no state to lose
// and no rank in it.

#include <array>
#include <cstdint>

namespace fullshard {

/// One block of Philox4x32-10 (Salmon et al., SC'11, "Parallel random numbers: as easy as 1, 2, 3").
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A stream of random numbers named by (seed, stream); `index` is the position in it.
class CounterRng {
 public:
  CounterRng(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}
  uint64_t bits(uint64_t index) const;
  /// Uniform in [0, 1), 53 bits.
  double uniform(uint64_t index) const;
  /// Standard normal by Box-Muller; element `index` does not depend on how many others are drawn.
  double normal(uint64_t index) const;

 private:
  uint64_t seed_, stream_;
};

/// Position of element `index` in a seeded permutation of [0, size): a pure function, no table.
/// A 4-round Feistel network over the next even power of two with cycle walking (Black and Rogaway, CT-RSA
/// 2002).
uint64_t permuted(uint64_t index, uint64_t size, uint64_t seed);

}  // namespace fullshard
