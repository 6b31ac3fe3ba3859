#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {

namespace {

double ulps(float got, long double exact) {
  const int exponent = std::max(std::ilogb(static_cast<float>(exact)), -126);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) /
                             std::ldexp(1.0L, exponent - 23));
}

double ulps(double got, long double exact) {
  const int exponent = std::max(std::ilogb(static_cast<double>(exact)), -1022);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) /
                             std::ldexp(1.0L, exponent - 52));
}

}  // namespace

TEST(Exp, float_is_within_one_ulp_from_the_smallest_subnormal_to_overflow) {
  double worst = 0;
  for (float x = -103.2f; x < 88.72f; x += 1.37e-4f)
    worst = std::max(worst, ulps(exp_of(x), std::exp(static_cast<long double>(x))));

  EXPECT_LE(worst, 1.0);
}

TEST(Exp, double_is_within_one_ulp_from_the_smallest_subnormal_to_overflow) {
  double worst = 0;
  for (double x = -744.0; x < 709.78; x += 1.0007e-3)
    worst = std::max(worst, ulps(exp_of(x), std::exp(static_cast<long double>(x))));

  EXPECT_LE(worst, 1.0);
}

TEST(Exp, has_the_limits_of_the_real_one) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();

  EXPECT_EQ(exp_of(0.0f), 1.0f);
  EXPECT_EQ(exp_of(-kInfinity), 0.0f);
  EXPECT_EQ(exp_of(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(exp_of(std::numeric_limits<float>::quiet_NaN())));
  EXPECT_EQ(exp_of(-1e300), 0.0);
  EXPECT_TRUE(std::isinf(exp_of(1e300)));
  EXPECT_TRUE(std::isnan(exp_of(std::numeric_limits<double>::quiet_NaN())));
}

}  // namespace fullshard::kernels
