#include "doctor/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(JudgeLimits, enough_is_well) {
  EXPECT_EQ(judge_limits(healthy(2, 4)).verdict, Verdict::Ok);
}

TEST(JudgeLimits, too_few_open_files_for_this_many_ranks_name_the_ranks) {
  auto all = healthy(2, 4);
  all[6].open_files = 256;

  const Finding f = judge_limits(all);

  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("rank 6 on n1: 256 open files, expected 264"));
  EXPECT_THAT(f.remedy, HasSubstr("ulimit -n"));
}

TEST(JudgeLimits, locked_memory_matters_where_there_is_a_fabric) {
  auto all = healthy(1, 2);
  all[1].locked_memory = 65536;
  EXPECT_EQ(judge_limits(all).verdict, Verdict::Ok);

  all[1].fabrics = 1;
  EXPECT_THAT(judge_limits(all).text, HasSubstr("rank 1 on n0: 64.00 KiB of locked memory"));
}

TEST(JudgeLimits, several_small_limits_are_all_told) {
  auto all = healthy(1, 2);
  all[0].file_size = kGiB;
  all[1].address_space = 8 * kGiB;

  EXPECT_THAT(judge_limits(all).text, AllOf(HasSubstr("rank 0 on n0: files of at most 1.00 GiB"),
                                            HasSubstr("rank 1 on n0: 8.00 GiB of address space")));
}

}  // namespace
}  // namespace fullshard::doctor
