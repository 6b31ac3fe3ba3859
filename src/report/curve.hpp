#pragma once
// Makes curves of any number of points drawable. Points are (x, y) in plot coordinates, x ascending; a y of
// NaN is a gap.

#include <span>
#include <string>
#include <vector>

namespace fullshard::report {

struct Point {
  double x, y;
};

/// At most about `most` points that draw like all: the lowest and the highest of every bucket, in order.
std::vector<Point> thinned(std::span<const Point> points, size_t most);

/// Centred moving average, twice over, about an eightieth of the curve to each side; fewer near the ends, so
/// that the curve begins and ends where its points do. Nothing is averaged across a gap.
std::vector<Point> smoothed(std::span<const Point> points);

/// The `d` of an SVG path in a view box of 1000 x 1000, y upwards; gaps break the line, a lone point is a
/// dot.
std::string svg_path(std::span<const Point> points);

}  // namespace fullshard::report
