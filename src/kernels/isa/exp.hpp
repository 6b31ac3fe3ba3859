#pragma once
// exp where it cannot overflow.

#include "kernels/isa/vectors.hpp"

namespace fullshard::kernels {
namespace {

/// Exponentials come times 2^kLift, for users that divide them by a sum of their like: then those that would
/// be subnormal, or round to nothing, need no instruction of their own. Enough for a factor of 2^32 in the
/// result.
template <class A>
inline constexpr int kLift = sizeof(A) == 4 ? 64 : 128;
template <class A>
inline constexpr A kLifted = static_cast<A>(sizeof(A) == 4 ? 0x1p64 : 0x1p128);

/// kMagic: adding it rounds to an integer and leaves that, plus kLift and the bias of the exponent, as the
/// lowest bits.
/// kLowest: what is below gives its exponential, which without the lift rounds to 0.
template <class A>
struct ExpConstants;
template <>
struct ExpConstants<float> {
  static constexpr float kMagic = 0x1.8p23f + 127 + kLift<float>;
  static constexpr float kLn2High = 0x1.63p-1f, kLn2Low = -0x1.bd0106p-13f;
  static constexpr float kLowest = -131.0f;
  static constexpr int kMantissa = 23;
  /// (exp(r) - 1 - r) / r² for |r| ≤ ln2/2, from r⁰ on. Minimax with weight r² / exp(r) and 1/2 held, by
  /// Lawson's algorithm in fp64: 2^-28 off before its coefficients are rounded, a 16th of an ulp.
  static constexpr float kSeries[] = {0.5f, 0x1.5554a4p-3f, 0x1.555688p-5f, 0x1.122f88p-7f, 0x1.6b6e42p-10f};
};
template <>
struct ExpConstants<double> {
  static constexpr double kMagic = 0x1.8p52 + 1023 + kLift<double>;
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  static constexpr double kLowest = -796.0;
  static constexpr int kMantissa = 52;
  /// The Taylor series 1/(k+2)!, whose remainder r^14/14! is below an eighth of an ulp.
  static constexpr double kSeries[] = {
      1.0 / 2,     1.0 / 6,      1.0 / 24,        1.0 / 120,        1.0 / 720,         1.0 / 5040,
      1.0 / 40320, 1.0 / 362880, 1.0 / 3628800.0, 1.0 / 39916800.0, 1.0 / 479001600.0, 1.0 / 6227020800.0};
};

/// Σ kSeries[k] · r^k, in pairs of terms: half the waiting of Horner's rule.
template <class A, int kFirst = 0>
FS_INLINE Pair<A> series_of(Pair<A> r, Pair<A> r2) {
  using C = ExpConstants<A>;
  constexpr int kTerms = sizeof(C::kSeries) / sizeof(A);
  if constexpr (kFirst == kTerms - 1) {
    return C::kSeries[kFirst];
  } else {
    const Pair<A> two = C::kSeries[kFirst] + C::kSeries[kFirst + 1] * r;
    if constexpr (kFirst + 2 == kTerms)
      return two;
    else
      return two + r2 * series_of<A, kFirst + 2>(r, r2);
  }
}

/// 2^(n + kLift) of n + kMagic.
template <class A>
FS_INLINE Pair<A> power_of_two(Pair<A> biased) {
  using Bits = Vec<BitsOf<A>>;
  return {__builtin_bit_cast(Vec<A>, __builtin_bit_cast(Bits, biased.a) << ExpConstants<A>::kMantissa),
          __builtin_bit_cast(Vec<A>, __builtin_bit_cast(Bits, biased.b) << ExpConstants<A>::kMantissa)};
}

/// exp(x) · 2^kLift for x ≤ 0 within 1 ulp (tests/unit/kernels/exp_test.cpp), that of kLowest below that; NaN
/// stays NaN. x = n·ln2 + r in two pieces of ln2, the first exact times n; then a polynomial in r, scaled by
/// 2^n.
template <class A>
FS_INLINE Pair<A> lifted_exp(Pair<A> x) {
  using C = ExpConstants<A>;
  x = larger(Pair<A>(C::kLowest), x);
  const Pair<A> biased = x * static_cast<A>(1.4426950408889634) + C::kMagic;
  const Pair<A> n = biased - C::kMagic;
  const Pair<A> r = (x - n * C::kLn2High) - n * C::kLn2Low;
  const Pair<A> r2 = r * r;
  return (A{1} + (r + r2 * series_of(r, r2))) * power_of_two(biased);
}

}  // namespace
}  // namespace fullshard::kernels
