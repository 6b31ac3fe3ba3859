#include "report/chart.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace fullshard::report {

namespace {

Chart chart_of(size_t points, Style style) {
  Chart chart{.title = "Loss",
              .series = {{.name = "training", .color = "train", .style = style, .points = {}}}};
  for (size_t i = 1; i <= points; ++i) chart.series[0].points.push_back({static_cast<double>(i), 1.0});
  return chart;
}

using testing::HasSubstr;
using testing::Not;

}  // namespace

TEST(Chart, a_few_points_are_marked_and_many_are_smoothed) {
  const std::string few = chart_html(chart_of(3, Style::Smoothed), ChartSize::Normal);
  const std::string many = chart_html(chart_of(100, Style::Smoothed), ChartSize::Normal);

  EXPECT_THAT(few, HasSubstr("dots train"));
  EXPECT_THAT(few, Not(HasSubstr("raw train")));
  EXPECT_THAT(many, HasSubstr("raw train"));
  EXPECT_THAT(many, Not(HasSubstr("dots train")));
}

TEST(Chart, a_log_scale_is_said) {
  Chart chart = chart_of(3, Style::Line);
  EXPECT_THAT(chart_html(chart, ChartSize::Normal), Not(HasSubstr("log scale")));

  chart.series[0].points[0].y = 1000;

  EXPECT_THAT(chart_html(chart, ChartSize::Normal), HasSubstr("log scale"));
}

TEST(Chart, data_cannot_leave_its_script_element) {
  Chart chart = chart_of(1, Style::Line);
  chart.series[0].name = "</script><!--";

  EXPECT_THAT(chart_data({chart}), HasSubstr("\\u003c/script>\\u003c!--"));
}

TEST(Chart, data_is_bounded_and_leaves_gaps_out) {
  Chart chart = chart_of(100'000, Style::Line);
  for (size_t i = 0; i < 100'000; i += 7) chart.series[0].points[i].y = NAN;

  const std::string data = chart_data({chart});

  EXPECT_LT(data.size(), 30'000u);
  EXPECT_THAT(data, Not(HasSubstr("nan")));
}

}  // namespace fullshard::report
