#include "doctor/copying.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::HasSubstr;

TEST(JudgeCopying, a_node_of_half_the_speed_is_named) {
  const std::vector<double> speed = {8e9, 8e9, 3e9, 3e9, 9e9, 8e9};
  const Finding f = judge_copying(healthy(3, 2), speed);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("n1 copies 5.59 GiB/s"));
}

TEST(JudgeCopying, what_ranks_of_a_node_share_unevenly_is_well) {
  EXPECT_EQ(judge_copying(healthy(2, 2), std::vector{15e9, 1e9, 8e9, 8e9}).verdict, Verdict::Ok);
}

}  // namespace
}  // namespace fullshard::doctor
