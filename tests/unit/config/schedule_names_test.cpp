#include "fullshard/config/schedule_names.hpp"

#include <gtest/gtest.h>

namespace fullshard::config {

TEST(ScheduleNames, every_value_has_one_name) {
  for (const auto& [name, value] : kScheduleNames) EXPECT_EQ(name_of(value), name);
  for (const auto& [name, value] : kCurveNames) EXPECT_EQ(name_of(value), name);
  EXPECT_EQ(kScheduleNames.size(), static_cast<size_t>(Schedule::InverseSqrt) + 1);
  EXPECT_EQ(kCurveNames.size(), static_cast<size_t>(Curve::OneMinusSqrt) + 1);
}

}  // namespace fullshard::config
