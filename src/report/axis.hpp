#pragma once
// One axis of a plot: its range, its ticks and where a value lies on it.

#include <span>
#include <string>
#include <vector>

namespace fullshard::report {

struct Tick {
  double position;  ///< 0..1
  std::string label;
};

enum class Scale { Linear, Log };

struct Axis {
  double low = 0, high = 1;
  Scale scale = Scale::Linear;
  std::vector<Tick> ticks;

  double position(double value) const;  ///< 0..1 inside the range; NaN for NaN
  double value(double position) const;
};

enum class Range {
  Tight,     ///< what the values span, on a log scale where they are positive and span decades
  FromZero,  ///< linear with zero in it, for rates
};

/// Axis for quantities; values that are not finite are passed over. Ends lie on round numbers.
Axis value_axis(std::span<const double> values, Range range);
/// Axis for steps `first`..`last`, with ticks at whole numbers and no room at the ends.
Axis step_axis(double first, double last);

/// At most `digits` significant ones, short exponents, "12,345", "1.2M": for people.
std::string readable(double value, int digits = 4);

}  // namespace fullshard::report
