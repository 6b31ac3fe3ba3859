#include "fullshard/core/exact_sum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "fullshard/core/rng.hpp"

namespace fullshard {

namespace {

double sum_of(const std::vector<double>& terms) {
  ExactSum sum(largest_magnitude(terms));
  sum.add(terms);
  return sum.value(sum.part());
}

std::vector<double> random_terms(size_t n) {
  std::vector<double> terms;
  const CounterRng rng(1, 2);
  for (uint64_t i = 0; i < n; ++i)
    terms.push_back(std::ldexp(rng.normal(i), static_cast<int>(rng.bits(i) % 60) - 30));
  return terms;
}

}  // namespace

TEST(ExactSum, is_the_same_bits_in_any_order_and_any_parts) {
  std::vector<double> terms = random_terms(1000);
  const double expected = sum_of(terms);

  std::reverse(terms.begin(), terms.end());
  ExactSum first(largest_magnitude(terms)), second(largest_magnitude(terms));
  first.add(std::span(terms).first(333));
  second.add(std::span(terms).subspan(333));
  ExactSum::Words parts = first.part();
  for (size_t w = 0; w < parts.size(); ++w) parts[w] += second.part()[w];

  EXPECT_EQ(sum_of(terms), expected);
  EXPECT_EQ(first.value(parts), expected);
}

// Terms of up to 2^30 in long double, whose 64 bits hold all of a sum of 1,000 but 2^-24.
TEST(ExactSum, is_the_sum_rounded_once) {
  const std::vector<double> terms = random_terms(1000);

  const long double expected = std::accumulate(terms.begin(), terms.end(), 0.0L);

  EXPECT_NEAR(sum_of(terms), static_cast<double>(expected),
              std::abs(static_cast<double>(expected)) * 0x1p-52);
  EXPECT_EQ(sum_of({0.1, 0.2, 0.3}), static_cast<double>(0.1L + 0.2L + 0.3L)) << "one rounding at the end";
}

TEST(ExactSum, cancels_and_keeps_signs) {
  EXPECT_EQ(sum_of({1e20, 1, -1e20}), 1);
  EXPECT_EQ(sum_of({-3, 1}), -2);
  EXPECT_EQ(sum_of({}), 0);
  EXPECT_EQ(sum_of({0, -0.0}), 0);
}

TEST(ExactSum, reaches_from_the_smallest_to_the_largest_doubles) {
  EXPECT_EQ(sum_of({5e-324, 5e-324}), 1e-323);
  EXPECT_EQ(sum_of({1e308}), 1e308);
}

TEST(ExactSum, the_largest_of_what_is_not_finite_is_infinite) {
  EXPECT_EQ(largest_magnitude(std::vector<double>{1, -4, 2}), 4);
  EXPECT_TRUE(std::isinf(largest_magnitude(std::vector<double>{1, std::nan("")})));
  EXPECT_TRUE(std::isinf(largest_magnitude(std::vector<double>{-INFINITY, 1})));
}

}  // namespace fullshard
