#include "doctor/inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::HasSubstr;

TEST(JudgeInputs, who_does_not_see_a_file_is_named_with_it) {
  const std::vector<std::string> problems = {"", "", "/data/train.jsonl: No such file", ""};

  const Finding f = judge_inputs(healthy(2, 2), problems);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_EQ(f.code, ExitCode::Refused);
  EXPECT_THAT(f.text, HasSubstr("rank 2 on n1 cannot read /data/train.jsonl: No such file"));
  EXPECT_EQ(judge_inputs(healthy(2, 2), std::vector<std::string>(4)).verdict, Verdict::Ok);
}

}  // namespace
}  // namespace fullshard::doctor
