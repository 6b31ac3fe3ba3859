#pragma once

#include <cmath>

namespace fullshard::data {

/// A share of a number of samples or steps, whole where rounding alone keeps it from being whole: 0.07 of
/// 100 is 7. Nothing but 0 becomes 0.
inline double exact_share(double share) {
  const double whole = std::round(share);
  return std::abs(share - whole) < 1e-9 * whole ? whole : share;
}

}  // namespace fullshard::data
