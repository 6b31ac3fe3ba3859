#include "fullshard/core/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fullshard {

namespace {

__extension__ typedef __int128 Wide;
__extension__ typedef unsigned __int128 WideBits;

constexpr int kGridBits = 90;

}  // namespace

// For tiny numbers the factor would be infinite; they are on the grid of the subnormals then.
ExactSum::ExactSum(double largest)
    : scale_(largest > 0 ? std::min(kGridBits - (std::ilogb(largest) + 1), 1074) : 0) {}

void ExactSum::add(double term) {
  // Exact but for the rounding to the grid: below 2^53 ldexp leaves a fraction, above it there is none.
  const auto scaled = static_cast<Wide>(std::nearbyint(std::ldexp(term, scale_)));
  const auto bits = static_cast<WideBits>(scaled);
  sum_ += Digest{static_cast<uint64_t>(bits), static_cast<uint64_t>(bits >> 64)};
}

void ExactSum::add(std::span<const double> terms) {
  for (const double t : terms) add(t);
}

Digest ExactSum::part() const {
  return sum_;
}

double ExactSum::value(Digest parts) const {
  const WideBits bits = (static_cast<WideBits>(parts.hi) << 64) | parts.lo;
  return std::ldexp(static_cast<double>(static_cast<Wide>(bits)), -scale_);
}

double largest_magnitude(std::span<const double> x) {
  double largest = 0;
  for (const double v : x) {
    if (!std::isfinite(v)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(v));
  }
  return largest;
}

}  // namespace fullshard
