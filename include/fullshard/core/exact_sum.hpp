#pragma once
// Sums of doubles that are the same bits in any order: whole numbers on a grid that all of them agree on.

#include <span>

#include "fullshard/core/hash.hpp"

namespace fullshard {

/// 128-bit sums on a grid of 2⁻⁹⁰ of the largest term's power of two: a term is rounded once, by less than
/// 2⁻⁹⁰ of the largest, and 2³⁷ terms fit.
///
/// Method as in reproducible summation with a common exponent: Demmel and Nguyen, "Fast Reproducible
/// Floating-Point Summation", ARITH 21 (2013)
class ExactSum {
 public:
  /// `largest`: at least the magnitude of every term, finite; the same wherever parts are added up.
  explicit ExactSum(double largest);

  void add(double term);
  void add(std::span<const double> terms);
  /// The sum so far, to be added modulo 2^128 to others of the same grid.
  Digest part() const;
  /// What a sum of parts is worth, rounded once.
  double value(Digest parts) const;

 private:
  int scale_;  // terms are multiplied by 2^scale_
  Digest sum_;
};

/// max |x|, infinite if any is not finite; 0 for none.
double largest_magnitude(std::span<const double> x);

}  // namespace fullshard
