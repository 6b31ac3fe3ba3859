#pragma once
// Sums of doubles that are the same bits in any order: whole numbers on a grid that all of them agree on.

#include <array>
#include <cstdint>
#include <span>

namespace fullshard {

/// 128-bit sums on a grid of 2⁻⁹⁰ of the largest term's power of two: a term is rounded once, by less than
/// 2⁻⁹⁰ of the largest, and 2³⁷ terms fit.
///
/// Method as in reproducible summation with a common exponent: Demmel and Nguyen, "Fast Reproducible
/// Floating-Point Summation", ARITH 21 (2013)
class ExactSum {
 public:
  /// A whole number in three words, low ones first, with room to add those of 2²⁰ ranks word by word.
  using Words = std::array<int64_t, 3>;

  /// `largest`: at least the magnitude of every term, finite; the same wherever parts are added up.
  explicit ExactSum(double largest);

  void add(std::span<const double> terms);
  /// The sum so far on the grid.
  Words part() const;
  /// What a sum of parts is worth, rounded once.
  double value(const Words& parts) const;

 private:
  __extension__ typedef __int128 Wide;
  static constexpr int kWordBits = 43;

  int scale_;  // terms are multiplied by 2^scale_
  Wide sum_ = 0;
};

/// max |x|, infinite if any is not finite; 0 for none.
double largest_magnitude(std::span<const double> x);

}  // namespace fullshard
