#include "doctor/clocks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(JudgeClocks, clocks_within_a_second_are_well) {
  const std::vector<NodeClock> clocks = {{"n0", {}}, {"n1", {0.9, 0.001}}, {"n2", {-0.5, 0.001}}};

  const Finding f = judge_clocks(clocks);

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, HasSubstr("apart by at most 900.0 ms"));
}

TEST(JudgeClocks, who_is_behind_by_more_is_named_with_the_number_and_its_uncertainty) {
  const std::vector<NodeClock> clocks = {{"n0", {}}, {"n1", {0.2, 0.001}}, {"n2", {-90.25, 0.002}}};

  const Finding f = judge_clocks(clocks);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, AllOf(HasSubstr("n2's clock is 90.2 s behind of n0's"), HasSubstr("2.0 ms")));
  EXPECT_THAT(f.remedy, HasSubstr("n2"));
}

TEST(JudgeClocks, a_difference_that_the_measurement_cannot_tell_is_no_warning) {
  EXPECT_EQ(judge_clocks(std::vector<NodeClock>{{"n0", {}}, {"n1", {1.5, 2.0}}}).verdict, Verdict::Ok);
}

TEST(JudgeClocks, one_node_has_one_clock) {
  EXPECT_EQ(judge_clocks(std::vector<NodeClock>{{"n0", {}}}).verdict, Verdict::Ok);
}

}  // namespace
}  // namespace fullshard::doctor
