#pragma once
// Floating-point formats into each other, rounding to nearest, ties to even.

#include <bit>
#include <cstdint>

#include "fullshard/core/span.hpp"

namespace fullshard {

/// float64, float32, float16 and bfloat16: what `convert_dtype` takes and gives.
constexpr bool is_floating(DType t) {
  return t == DType::F64 || t == DType::F32 || t == DType::F16 || t == DType::BF16;
}

/// Exact; every branch is a select, so that loops over it vectorise.
constexpr float float_from_f16(uint16_t bits) {
  constexpr uint32_t kSmallestNormal = 113u << 23;  // 2^-14
  const uint32_t magnitude = (uint32_t{bits} & 0x7fffu) << 13;
  const uint32_t normal = magnitude + (112u << 23);  // exponent bias 15 to 127
  const uint32_t special = magnitude | 0x7f800000u;
  // A subnormal m * 2^-24 is the fraction of 2^-14 + m * 2^-24.
  const uint32_t subnormal = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude + kSmallestNormal) -
                                                     std::bit_cast<float>(kSmallestNormal));
  const uint32_t finite = magnitude < (1u << 23) ? subnormal : normal;
  const uint32_t result = magnitude >= (31u << 23) ? special : finite;
  return std::bit_cast<float>(result | ((uint32_t{bits} & 0x8000u) << 16));
}
/// Above 65,519.99… is infinity; NaNs become quiet and keep the upper part of their payload.
constexpr uint16_t f16_from_float(float x) {
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const uint32_t magnitude = bits & 0x7fffffffu;
  const uint32_t normal = (magnitude - (112u << 23) + 0xfffu + ((magnitude >> 13) & 1)) >> 13;
  // One unit in the last place of 0.5f is 2^-24, the unit of float16's subnormals: the addition rounds.
  const uint32_t subnormal =
      std::bit_cast<uint32_t>((magnitude < (113u << 23) ? std::bit_cast<float>(magnitude) : 0.f) + 0.5f) -
      std::bit_cast<uint32_t>(0.5f);
  const uint32_t nan = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  const uint32_t special = magnitude > 0x7f800000u ? nan : 0x7c00u;
  const uint32_t finite = magnitude < (113u << 23) ? subnormal : normal;
  const uint32_t result = magnitude >= (143u << 23) ? special : finite;
  return static_cast<uint16_t>(result | ((bits >> 16) & 0x8000u));
}

/// Nearest below or above with an odd last bit where `x` is no float: rounding the result once more, to fewer
/// than 23 bits, gives what rounding `x` directly would (Boldo and Melquiond, 2008, "Emulation of FMA and
/// correctly rounded sums").
constexpr float float_rounded_to_odd(double x) {
  const float nearest = static_cast<float>(x);
  const uint32_t bits = std::bit_cast<uint32_t>(nearest);
  const double magnitude = x < 0 ? -x : x;
  const double rounded = nearest < 0 ? -static_cast<double>(nearest) : static_cast<double>(nearest);
  const uint32_t odd = rounded > magnitude ? bits - 1 : bits + 1;
  return std::bit_cast<float>((rounded > magnitude || rounded < magnitude) && (bits & 1) == 0 ? odd : bits);
}

/// Converts all elements of `src`. Equal dtypes are copied bit for bit, whatever they are; different ones
/// must be floating. Neither span needs alignment.
///
/// Shape       dst [n], src [n]
/// Aliasing    none
void convert_dtype(DeviceSpan dst, ConstDeviceSpan src);

}  // namespace fullshard
