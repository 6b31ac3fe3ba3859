#include "fullshard/core/rng.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace fullshard {

TEST(Philox, equals_the_known_answers_of_its_authors) {  // Random123, kat_vectors, philox4x32 10 rounds
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(CounterRng, normal_numbers_have_mean_zero_and_variance_one) {
  const CounterRng rng(1, 2);
  double sum = 0, squares = 0;
  const int n = 100000;
  for (uint64_t i = 0; i < n; ++i) {
    const double x = rng.normal(i);
    sum += x;
    squares += x * x;
  }

  EXPECT_NEAR(sum / n, 0, 4 / std::sqrt(n));  // 4 standard errors
  EXPECT_NEAR(squares / n, 1, 4 * std::sqrt(2.0 / n));
}

TEST(CounterRng, streams_and_seeds_differ) {
  EXPECT_NE(CounterRng(1, 2).bits(3), CounterRng(1, 3).bits(3));
  EXPECT_NE(CounterRng(1, 2).bits(3), CounterRng(2, 2).bits(3));
  EXPECT_NE(CounterRng(1, 2).bits(3), CounterRng(1, 2).bits(4));
}

TEST(Permuted, is_a_permutation_of_every_size) {
  for (uint64_t size : {1u, 2u, 3u, 5u, 16u, 17u, 1000u, 4097u}) {
    std::set<uint64_t> seen;
    for (uint64_t i = 0; i < size; ++i) seen.insert(permuted(i, size, 42));
    EXPECT_EQ(seen.size(), size);
    EXPECT_EQ(*seen.rbegin(), size - 1);
  }
}

TEST(Permuted, another_seed_gives_another_order) {
  int same = 0;
  for (uint64_t i = 0; i < 1000; ++i) same += permuted(i, 1000, 1) == permuted(i, 1000, 2);

  EXPECT_LT(same, 20);  // one fixed point is expected
}

}  // namespace fullshard
