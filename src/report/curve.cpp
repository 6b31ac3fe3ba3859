#include "report/curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fullshard::report {

namespace {

// In place, over points that are all there.
void average(std::span<Point> points, size_t half_width) {
  const size_t n = points.size();
  std::vector<double> sum(n + 1, 0);
  for (size_t i = 0; i < n; ++i) sum[i + 1] = sum[i] + points[i].y;
  const size_t narrowest = std::max<size_t>(1, half_width / 4);
  for (size_t i = 0; i < n; ++i) {
    const size_t w = std::clamp(std::min(i, n - 1 - i), narrowest, half_width);
    const size_t first = i - std::min(i, w), last = std::min(n, i + w + 1);
    points[i].y = (sum[last] - sum[first]) / static_cast<double>(last - first);
  }
}

}  // namespace

std::vector<Point> thinned(std::span<const Point> points, size_t most) {
  if (points.size() <= most) return {points.begin(), points.end()};
  const size_t bucket = (2 * points.size() + most - 1) / most;
  std::vector<Point> out;
  for (size_t at = 0; at < points.size(); at += bucket) {
    const auto part = points.subspan(at, std::min(bucket, points.size() - at));
    const Point *low = nullptr, *high = nullptr;
    for (const Point& p : part) {
      if (!std::isfinite(p.y)) continue;
      if (low == nullptr || p.y < low->y) low = &p;
      if (high == nullptr || p.y > high->y) high = &p;
    }
    if (low == nullptr) {
      out.push_back(part.front());  // a bucket of gaps is a gap
      continue;
    }
    out.push_back(*std::min(low, high));
    if (low != high) out.push_back(*std::max(low, high));
  }
  return out;
}

std::vector<Point> smoothed(std::span<const Point> points) {
  const size_t half_width = std::max<size_t>(2, points.size() / 80);
  std::vector<Point> out(points.begin(), points.end());
  const auto is_gap = [](const Point& p) { return !std::isfinite(p.y); };
  for (auto first = out.begin(); first != out.end();) {
    const auto last = std::find_if(first, out.end(), is_gap);
    for (int pass = 0; pass < 2; ++pass) average(std::span(first, last), half_width);
    first = std::find_if_not(last, out.end(), is_gap);
  }
  return out;
}

std::string svg_path(std::span<const Point> points) {
  std::string d;
  bool pen_down = false, moved = false;
  for (const Point& p : points) {
    if (!std::isfinite(p.y)) {
      if (moved) d += "h0";
      pen_down = moved = false;
      continue;
    }
    d += fmt::format("{}{:.1f} {:.1f}", pen_down ? "L" : "M", 1000 * p.x, 1000 * (1 - p.y));
    moved = !pen_down;
    pen_down = true;
  }
  if (moved) d += "h0";
  return d;
}

}  // namespace fullshard::report
