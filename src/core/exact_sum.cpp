#include "fullshard/core/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fullshard {

namespace {

constexpr int kGridBits = 90;

}  // namespace

// For tiny numbers the factor would be infinite; they are on the grid of the subnormals then.
ExactSum::ExactSum(double largest)
    : scale_(largest > 0 ? std::min(kGridBits - (std::ilogb(largest) + 1), 1074) : 0) {}

// Exact but for the rounding to the grid: below 2^53 ldexp leaves a fraction, above it there is none.
void ExactSum::add(std::span<const double> terms) {
  for (const double t : terms) sum_ += static_cast<Wide>(std::nearbyint(std::ldexp(t, scale_)));
}

ExactSum::Words ExactSum::part() const {
  constexpr Wide kMask = (Wide{1} << kWordBits) - 1;
  return {static_cast<int64_t>(sum_ & kMask), static_cast<int64_t>((sum_ >> kWordBits) & kMask),
          static_cast<int64_t>(sum_ >> (2 * kWordBits))};
}

double ExactSum::value(const Words& parts) const {
  Wide sum = 0;
  for (size_t w = parts.size(); w-- > 0;) sum = sum * (Wide{1} << kWordBits) + parts[w];
  return std::ldexp(static_cast<double>(sum), -scale_);
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
