#include "doctor/memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(JudgeMemory, tells_the_smallest_share_of_a_rank) {
  auto all = healthy(2, 4);
  for (RankFacts& f : all)
    if (f.node == 1) f.available = 40 * kGiB;

  const Finding f = judge_memory(all);

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, AllOf(HasSubstr("10.00 GiB for each rank"), HasSubstr("n1")));
}

TEST(JudgeMemory, a_limit_far_below_what_the_cores_would_suggest_is_a_warning) {
  auto all = healthy(2, 4);
  for (RankFacts& f : all)
    if (f.node == 1) f.memory_limit = 4 * kGiB;

  const Finding f = judge_memory(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, AllOf(HasSubstr("n1 allows 100 % of its cores and 4.00 GiB of 64.00 GiB"),
                            HasSubstr("1.00 GiB for each rank")));
  EXPECT_THAT(f.remedy, HasSubstr("--mem=0"));
}

TEST(JudgeMemory, a_limit_in_proportion_to_the_cores_is_well) {
  auto all = healthy(1, 4);
  all.resize(1);  // 2 of 8 cores
  all[0].memory_limit = 16 * kGiB;

  EXPECT_EQ(judge_memory(all).verdict, Verdict::Ok);
}

TEST(JudgeMemory, memory_that_strangers_use_is_a_warning_and_names_the_node) {
  auto all = healthy(2, 2);
  all[2].available = all[3].available = 20 * kGiB;

  const Finding f = judge_memory(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("on n1 others use 44.00 GiB"));
}

TEST(JudgeMemory, less_than_the_program_alone_needs_is_a_failure) {
  auto all = healthy(1, 4);
  for (RankFacts& f : all) f.memory_limit = kGiB / 2;

  const Finding f = judge_memory(all);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_EQ(f.code, ExitCode::OutOfMemory);
  EXPECT_THAT(f.text, HasSubstr("128.00 MiB for each rank"));
}

TEST(JudgeSharedMemory, a_small_dev_shm_is_a_warning_where_ranks_share_a_node) {
  auto all = healthy(1, 4);
  for (RankFacts& f : all) f.shared_memory = kGiB / 16;

  EXPECT_EQ(judge_shared_memory(all).verdict, Verdict::Warn);
  EXPECT_THAT(judge_shared_memory(all).text, HasSubstr("64.00 MiB free in /dev/shm of n0 for 4 ranks"));

  all.resize(1);
  EXPECT_EQ(judge_shared_memory(all).verdict, Verdict::Ok);
  EXPECT_EQ(judge_shared_memory(healthy(2, 4)).verdict, Verdict::Ok);
}

}  // namespace
}  // namespace fullshard::doctor
