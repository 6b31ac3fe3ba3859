#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/isa/exp.hpp"

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

/// exp(x) for x ≤ 0; what lifted_exp gives, rounded once more where it is subnormal without the lift.
template <class A>
A exp_of(A x) {
  const Pair<A> lifted = lifted_exp(Pair<A>(x));
  EXPECT_EQ(std::memcmp(&lifted.a, &lifted.b, sizeof lifted.a), 0);
  return lifted.a[0] / kLifted<A>;
}

}  // namespace

TEST(Exp, float_is_within_one_ulp_from_the_smallest_subnormal_to_one) {
  double worst = 0;
  for (float x = -103.2f; x <= 0; x += 1.37e-5f)
    worst = std::max(worst, ulps(exp_of(x), std::exp(static_cast<long double>(x))));

  EXPECT_LE(worst, 1.0);
}

TEST(Exp, double_is_within_one_ulp_from_the_smallest_subnormal_to_one) {
  double worst = 0;
  for (double x = -744.0; x <= 0; x += 1.0007e-3)
    worst = std::max(worst, ulps(exp_of(x), std::exp(static_cast<long double>(x))));

  EXPECT_LE(worst, 1.0);
}

TEST(Exp, has_the_limits_of_the_real_one) {
  EXPECT_EQ(exp_of(0.0f), 1.0f);
  EXPECT_EQ(exp_of(-0.0), 1.0);
  EXPECT_EQ(exp_of(-std::numeric_limits<float>::infinity()), 0.0f);
  EXPECT_EQ(exp_of(-std::numeric_limits<float>::max()), 0.0f);
  EXPECT_EQ(exp_of(-1e300), 0.0);
}

TEST(Exp, of_any_nan_is_nan) {
  for (const uint32_t payload :
       {0x7fc00000u, 0xffc00000u, 0x7fc00001u, 0x7fffffffu, 0xffffffffu, 0x7fc001ffu})
    EXPECT_TRUE(std::isnan(exp_of(std::bit_cast<float>(payload)))) << payload;
  for (const uint64_t payload : {0x7ff8000000000000u, 0x7ff8000000000fffu, 0xffffffffffffffffu})
    EXPECT_TRUE(std::isnan(exp_of(std::bit_cast<double>(payload)))) << payload;
}

}  // namespace fullshard::kernels
