#include "report/curve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace fullshard::report {

namespace {

std::vector<Point> points_of(size_t n, double (*f)(double)) {
  std::vector<Point> out;
  for (size_t i = 0; i < n; ++i) out.push_back({static_cast<double>(i), f(static_cast<double>(i))});
  return out;
}

}  // namespace

TEST(Curve, thinning_keeps_order_and_every_extreme) {
  auto points = points_of(20'000, [](double x) { return std::sin(x / 100); });
  points[12'345].y = 9;
  points[777].y = -9;

  const auto thin = thinned(points, 1000);

  EXPECT_LE(thin.size(), 1000u);
  EXPECT_TRUE(std::is_sorted(thin.begin(), thin.end(), [](Point a, Point b) { return a.x < b.x; }));
  EXPECT_TRUE(std::any_of(thin.begin(), thin.end(), [](Point p) { return p.x == 12'345 && p.y == 9; }));
  EXPECT_TRUE(std::any_of(thin.begin(), thin.end(), [](Point p) { return p.x == 777 && p.y == -9; }));
}

TEST(Curve, few_points_are_left_alone) {
  EXPECT_EQ(thinned(points_of(600, [](double) { return 1.0; }), 1000).size(), 600u);
}

TEST(Curve, smoothing_removes_jitter_and_keeps_a_constant_and_its_ends) {
  const auto jitter = points_of(1000, [](double x) { return std::fmod(x, 2) < 1 ? 1.0 : -1.0; });
  const auto flat = points_of(1000, [](double) { return 2.0; });

  const auto smooth = smoothed(jitter);
  for (size_t i = 50; i < 950; ++i) EXPECT_LT(std::abs(smooth[i].y), 0.1);
  // Sums of 1,000 twos are exact.
  for (const Point& p : smoothed(flat)) EXPECT_EQ(p.y, 2.0);
}

TEST(Curve, nothing_is_averaged_across_a_gap) {
  auto points = points_of(100, [](double x) { return x < 50 ? 0.0 : 1.0; });
  points[50].y = NAN;

  const auto smooth = smoothed(points);

  EXPECT_EQ(smooth[49].y, 0.0);
  EXPECT_TRUE(std::isnan(smooth[50].y));
  EXPECT_EQ(smooth[51].y, 1.0);
}

TEST(Curve, a_path_breaks_at_gaps_and_a_lone_point_is_a_dot) {
  const std::vector<Point> points = {{0, 0}, {0.25, 1}, {0.5, NAN}, {0.75, 0.5}, {0.8, NAN}};

  EXPECT_EQ(svg_path(points), "M0.0 1000.0L250.0 0.0M750.0 500.0h0");
  EXPECT_EQ(svg_path({}), "");
}

}  // namespace fullshard::report
