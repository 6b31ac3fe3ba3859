#pragma once
// bfloat16 as storage: the upper half of an IEEE float. Arithmetic is done in float.

#include <bit>
#include <cstdint>

#include "fullshard/core/span.hpp"

namespace fullshard {

struct BF16 {
  uint16_t bits = 0;
  constexpr bool operator==(const BF16&) const = default;
};
static_assert(sizeof(BF16) == 2);

constexpr float to_float(BF16 x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16);
}

/// Rounds to nearest, ties to even; overflow becomes infinity, a NaN stays a (quiet) NaN.
constexpr BF16 to_bf16(float x) {
  const auto u = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
  const uint32_t quiet_nan = (u >> 16) | 0x40u;
  return {static_cast<uint16_t>(x != x ? quiet_nan : rounded)};
}

template <>
constexpr DType dtype_of<BF16>() {
  return DType::BF16;
}

}  // namespace fullshard
