#pragma once
// Loads, stores, exp and row reductions. Everything in isa/ is compiled once per instruction set, and
// therefore lives in an unnamed namespace: a function that the linker merges across instruction sets would
// crash on older machines.

#include <cstdint>

#include "fullshard/kernels/types.hpp"

#define FS_INLINE [[gnu::always_inline]] inline

namespace fullshard::kernels {
namespace {

FS_INLINE float get(float x) {
  return x;
}
FS_INLINE double get(double x) {
  return x;
}
FS_INLINE float get(BF16 x) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(x.bits) << 16);
}

template <class T, class A>
FS_INLINE T put(A x) {
  if constexpr (std::is_same_v<T, BF16>) {
    // to_bf16 of core, again here for the reason above. (VCVTNEPS2BF16 is no substitute: it flushes
    // subnormals.)
    const auto u = __builtin_bit_cast(uint32_t, static_cast<float>(x));
    const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    const uint32_t quiet_nan = (u >> 16) | 0x40u;
    return {static_cast<uint16_t>((u & 0x7fffffffu) > 0x7f800000u ? quiet_nan : rounded)};
  } else {
    return static_cast<T>(x);
  }
}

template <class T>
FS_INLINE T* row_of(T* base, const RowLayout& layout, int64_t r) {
  return base + r / layout.rows_per_group * layout.group_stride +
         r % layout.rows_per_group * layout.row_stride;
}

/// Reductions run in this many lanes, element i in lane i modulo their number, and end in a tree: 128 bytes
/// keep the adders of the widest instruction set busy, and the order is the same with all of them.
template <class A>
inline constexpr int64_t kLanes = 128 / static_cast<int64_t>(sizeof(A));

template <class A, class Term, class Combine>
FS_INLINE A reduce_row(int64_t n, A neutral, const Term& term, const Combine& combine) {
  A lane[kLanes<A>];
  for (int64_t j = 0; j < kLanes<A>; ++j) lane[j] = neutral;
  int64_t i = 0;
  for (; i + kLanes<A> <= n; i += kLanes<A>)
    for (int64_t j = 0; j < kLanes<A>; ++j) lane[j] = combine(lane[j], term(i + j));
  for (int64_t j = 0; i + j < n; ++j) lane[j] = combine(lane[j], term(i + j));
  for (int64_t width = kLanes<A> / 2; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j) lane[j] = combine(lane[j], lane[j + width]);
  return lane[0];
}

template <class A, class Term>
FS_INLINE A sum_row(int64_t n, const Term& term) {
  return reduce_row<A>(n, A{0}, term, [](A a, A b) { return a + b; });
}

template <class A, class Term>
FS_INLINE A max_row(int64_t n, const Term& term) {
  return reduce_row<A>(n, -static_cast<A>(__builtin_inf()), term, [](A a, A b) { return b > a ? b : a; });
}

/// For long rows: sums of 512 elements in A, added in fp64. One fp32 sum over a whole vocabulary would be
/// biased.
template <class A, class Term>
FS_INLINE double long_sum_row(int64_t n, const Term& term) {
  constexpr int64_t kPiece = 512;
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kPiece) {
    const int64_t length = n - begin < kPiece ? n - begin : kPiece;
    total += static_cast<double>(sum_row<A>(length, [&](int64_t i) { return term(begin + i); }));
  }
  return total;
}

template <class A>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  using Bits = uint32_t;
  static constexpr float kMagic =
      0x1.8p23f;  // adding it rounds to an integer, whose bits are then the lowest
  static constexpr float kLn2High = 0x1.63p-1f, kLn2Low = -0x1.bd0106p-13f;
  static constexpr float kLowest = -104.0f, kHighest = 89.0f;
  static constexpr int kBias = 127, kMantissa = 23, kDegree = 7;
};
template <>
struct ExpConstants<double> {
  using Bits = uint64_t;
  static constexpr double kMagic = 0x1.8p52;
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kLowest = -746.0, kHighest = 710.0;
  static constexpr int kBias = 1023, kMantissa = 52, kDegree = 13;
};

/// 2^n, n an integer added to kMagic.
template <class A>
FS_INLINE A power_of_two(A n_plus_magic) {
  using C = ExpConstants<A>;
  using Bits = typename C::Bits;
  return __builtin_bit_cast(A, (__builtin_bit_cast(Bits, n_plus_magic) + Bits{C::kBias}) << C::kMantissa);
}

/// exp within 1 ulp (tests/unit/kernels/exp_test.cpp): x = n·ln2 + r in two pieces of ln2, the first exact
/// times n; the Taylor series of exp on |r| ≤ ln2/2, whose remainder r^(d+1)/(d+1)! is below an eighth of an
/// ulp; scaled by 2^n in two halves, so that subnormal results and infinity come out right. NaN stays NaN.
template <class A>
FS_INLINE A exp_of(A x) {
  using C = ExpConstants<A>;
  x = x < C::kLowest ? C::kLowest : x;
  x = x > C::kHighest ? C::kHighest : x;
  const A n = (x * static_cast<A>(1.4426950408889634) + C::kMagic) - C::kMagic;
  const A r = (x - n * C::kLn2High) - n * C::kLn2Low;
  double factorial = 1;
  for (int k = 2; k <= C::kDegree; ++k) factorial *= k;
  A q = static_cast<A>(1 / factorial);
#pragma GCC unroll 16
  for (int k = C::kDegree; k > 2; --k) {
    factorial /= k;
    q = q * r + static_cast<A>(1 / factorial);
  }
  const A result = A{1} + (r + r * r * q);
  const A half = n * A{0.5} + C::kMagic;
  return result * power_of_two(half) * power_of_two((n - (half - C::kMagic)) + C::kMagic);
}

}  // namespace
}  // namespace fullshard::kernels
