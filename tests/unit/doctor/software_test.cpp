#include "doctor/software.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST(JudgeProgram, one_digest_is_well) {
  EXPECT_EQ(judge_program(healthy(2, 2)).verdict, Verdict::Ok);
}

TEST(JudgeProgram, another_program_is_a_failure_and_names_who_runs_it) {
  auto all = healthy(2, 2);
  all[3].program = "/home/me/fullshard";
  all[3].program_digest = "0badc0de0badc0de";

  const Finding f = judge_program(all);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_EQ(f.code, ExitCode::Communication);
  EXPECT_THAT(f.text,
              HasSubstr("/home/me/fullshard (0badc0de) at rank 3 on n1 and /shared/fullshard (00c0ffee) at "
                        "ranks 0-1 on n0, 2 on n1"));
}

TEST(JudgeProgram, of_two_ranks_the_lower_one_sets_the_measure) {
  auto all = healthy(1, 2);
  all[1].program_digest = "0badc0de0badc0de";

  EXPECT_THAT(judge_program(all).text, HasSubstr("(0badc0de) at rank 1 on n0"));
}

TEST(JudgeLibraries, other_versions_are_a_failure) {
  auto all = healthy(2, 2);
  all[2].versions = all[3].versions = "Open MPI 4.1.4;HDF5 1.14.0";

  const Finding f = judge_libraries(all);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_THAT(f.text, AllOf(HasSubstr("HDF5 1.14.0 at ranks 2-3 on n1"),
                            HasSubstr("HDF5 1.10.8 at ranks 0-1 on n0")));
}

TEST(JudgeLibraries, another_build_of_what_ranks_talk_through_is_a_failure) {
  auto all = healthy(2, 2);
  all[1].libraries = "libc.so.6=aa;libmpi.so.40=cc";

  const Finding f = judge_libraries(all);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_THAT(f.text, AllOf(HasSubstr("libmpi.so.40 at rank 1 on n0"), Not(HasSubstr("libc.so.6"))));
}

TEST(JudgeLibraries, another_build_of_the_c_library_is_a_warning) {
  auto all = healthy(2, 2);
  all[1].libraries = "libc.so.6=ab;libmpi.so.40=bb";

  EXPECT_EQ(judge_libraries(all).verdict, Verdict::Warn);
}

TEST(JudgeLibraries, plugins_that_only_some_load_are_no_difference) {
  auto all = healthy(2, 2);
  all[1].libraries += ";mca_btl_openib.so=dd";

  EXPECT_EQ(judge_libraries(all).verdict, Verdict::Ok);
}

TEST(JudgeProcessors, another_kind_is_a_warning) {
  auto all = healthy(2, 2);
  EXPECT_EQ(judge_processors(all).verdict, Verdict::Ok);

  all[2].instruction_set = all[3].instruction_set = "x86-64-v3";
  const Finding f = judge_processors(all);
  EXPECT_EQ(f.verdict, Verdict::Warn);
  EXPECT_THAT(f.text, HasSubstr("x86-64-v3) at ranks 2-3 on n1"));
}

}  // namespace
}  // namespace fullshard::doctor
