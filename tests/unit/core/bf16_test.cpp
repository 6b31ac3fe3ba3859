#include "fullshard/core/bf16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace fullshard {

TEST(Bf16, every_value_survives_the_way_through_float) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const BF16 x{static_cast<uint16_t>(bits)};
    if (std::isnan(to_float(x))) {
      EXPECT_TRUE(std::isnan(to_float(to_bf16(to_float(x))))) << bits;
    } else {
      EXPECT_EQ(to_bf16(to_float(x)), x) << bits;
    }
  }
}

TEST(Bf16, rounds_to_nearest_and_ties_to_even) {
  EXPECT_EQ(to_bf16(1.0f + 0x1p-8f).bits, 0x3f80);             // tie, 0x3f80 is even
  EXPECT_EQ(to_bf16(1.0f + 3 * 0x1p-8f).bits, 0x3f82);         // tie, 0x3f82 is even
  EXPECT_EQ(to_bf16(1.0f + 0x1p-8f + 0x1p-20f).bits, 0x3f81);  // above the tie
}

TEST(Bf16, overflow_is_infinity_and_a_nan_with_low_bits_only_stays_nan) {
  EXPECT_EQ(to_bf16(std::numeric_limits<float>::max()).bits, 0x7f80);
  EXPECT_TRUE(std::isnan(to_float(to_bf16(std::bit_cast<float>(0x7f800001u)))));
  EXPECT_TRUE(std::isnan(to_float(to_bf16(std::bit_cast<float>(0xffffffffu)))));
}

}  // namespace fullshard
