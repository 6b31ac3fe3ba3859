#include "doctor/cores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ParseCores, reads_what_the_kernel_writes) {
  EXPECT_THAT(parse_cores("0-2,5"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(parse_cores("7"), ElementsAre(7));
}

TEST(ParseCores, nonsense_is_no_core_and_no_endless_list) {
  EXPECT_THAT(parse_cores(""), IsEmpty());
  EXPECT_THAT(parse_cores("x,3-1,-4"), IsEmpty());
  EXPECT_LE(parse_cores("0-2147483647").size(), size_t{70000});
}

TEST(JudgeCores, ranks_with_cores_of_their_own_are_well) {
  const Finding f = judge_cores(healthy(2, 4));

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, HasSubstr("2 threads for each rank"));
}

TEST(JudgeCores, ranks_that_are_not_bound_and_share_fairly_are_well) {
  auto all = healthy(1, 4);
  for (RankFacts& f : all) f.cores = "0-7";

  EXPECT_EQ(judge_cores(all).verdict, Verdict::Ok);
}

TEST(JudgeCores, more_threads_than_a_rank_has_cores_names_the_ranks) {
  auto all = healthy(2, 4);
  all[5].wanted_threads = 8;

  const Finding f = judge_cores(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("rank 5 on n1"));
  EXPECT_THAT(f.remedy, HasSubstr("OMP_NUM_THREADS"));
}

TEST(JudgeCores, ranks_piled_on_the_same_cores_name_their_node) {
  auto all = healthy(2, 4);
  for (RankFacts& f : all)
    if (f.node == 1) f.cores = "0-1";

  EXPECT_THAT(judge_cores(all).text, HasSubstr("4 ranks of n1 share 2 cores with 8 threads"));
}

TEST(JudgeCores, cores_that_nobody_uses_are_offered) {
  auto all = healthy(1, 2);
  all[0].cores = "0";
  all[1].cores = "1";

  const Finding f = judge_cores(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("2 ranks use 2 cores of n0's 8"));
  EXPECT_THAT(f.remedy, HasSubstr("--cpus-per-task"));
}

}  // namespace
}  // namespace fullshard::doctor
