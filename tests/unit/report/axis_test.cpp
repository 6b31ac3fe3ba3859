#include "report/axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace fullshard::report {

namespace {

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> out;
  for (const Tick& t : axis.ticks) out.push_back(t.label);
  return out;
}

}  // namespace

using testing::ElementsAre;

TEST(Axis, ticks_lie_on_round_numbers_around_the_values) {
  const std::vector<double> values = {2.31, 0.87, 1.4};

  const Axis axis = value_axis(values, Range::Tight);

  EXPECT_THAT(labels(axis), ElementsAre("0.5", "1", "1.5", "2", "2.5"));
  EXPECT_DOUBLE_EQ(axis.position(0.5), 0);
  EXPECT_DOUBLE_EQ(axis.value(axis.position(1.7)), 1.7);
}

TEST(Axis, values_over_decades_get_a_log_scale) {
  const std::vector<double> values = {3e-3, 250};

  const Axis axis = value_axis(values, Range::Tight);

  EXPECT_EQ(axis.scale, Scale::Log);
  EXPECT_THAT(labels(axis), ElementsAre("0.01", "0.1", "1", "10", "100"));
  EXPECT_NEAR(axis.position(std::sqrt(axis.low * axis.high)), 0.5, 1e-12);  // rounding of two logarithms
}

TEST(Axis, a_rate_begins_at_zero) {
  const std::vector<double> values = {5e-6, 2e-5};

  EXPECT_THAT(labels(value_axis(values, Range::FromZero)),
              ElementsAre("0", "5e-6", "1e-5", "1.5e-5", "2e-5"));
}

TEST(Axis, neighbouring_ticks_never_read_the_same) {
  for (const double base : {0.0, 1.0, 1e-7, 123456.0, 1e9, -3.0})
    for (const double width : {0.0, 1e-6, 1e-3, 0.5, 2e5}) {
      const std::vector<double> values = {base, base + width};
      const auto all = labels(value_axis(values, Range::Tight));
      EXPECT_EQ(std::set(all.begin(), all.end()).size(), all.size())
          << base << " + " << width << ": " << testing::PrintToString(all);
      EXPECT_GE(all.size(), 2u);
      EXPECT_LE(all.size(), 9u);
    }
}

TEST(Axis, values_that_are_not_finite_do_not_count) {
  const std::vector<double> values = {NAN, 1, INFINITY, 2};

  EXPECT_EQ(value_axis(values, Range::Tight).high, 2);
  EXPECT_EQ(value_axis({}, Range::Tight).high, 1);
}

TEST(Axis, steps_get_whole_numbers) {
  EXPECT_THAT(labels(step_axis(1, 3)), ElementsAre("1", "2", "3"));
  EXPECT_THAT(labels(step_axis(1, 20000)), ElementsAre("5,000", "10,000", "15,000", "20,000"));
  EXPECT_THAT(labels(step_axis(7, 7)), ElementsAre("7"));
}

TEST(Readable, is_short) {
  EXPECT_EQ(readable(0), "0");
  EXPECT_EQ(readable(2e-5), "2e-5");
  EXPECT_EQ(readable(0.91691), "0.9169");
  EXPECT_EQ(readable(5210.53), "5,211");
  EXPECT_EQ(readable(1234567), "1.235M");
  EXPECT_EQ(readable(NAN), "–");
}

}  // namespace fullshard::report
