#include "doctor/directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_dir.hpp"
#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<DirectoryFacts> shared(size_t ranks) {
  DirectoryFacts f{.file_system = "nfs", .seen_by_rank_0 = 1, .seconds = 0.01, .free_bytes = 100 * kGiB};
  f.probe_bytes = kGiB;
  f.probe_seconds = 1;
  return std::vector<DirectoryFacts>(ranks, f);
}

TEST(ExistingPart, is_the_directory_or_the_nearest_one_above) {
  const test::TempDir dir;

  EXPECT_EQ(existing_part(dir.path()), dir.path());
  EXPECT_EQ(existing_part(dir / "out/run7"), dir.path());
  EXPECT_EQ(existing_part(dir / "out/../run7"), dir.path());
}

TEST(JudgeDirectory, one_for_all_is_well) {
  EXPECT_EQ(judge_directory(healthy(2, 2), shared(4), "/out").verdict, Verdict::Ok);
}

TEST(JudgeDirectory, who_does_not_see_rank_0s_file_is_named) {
  auto found = shared(4);
  found[2].reading_problem = found[3].reading_problem = "No such file";
  found[2].seen_by_rank_0 = found[3].seen_by_rank_0 = 0;
  found[2].lowest_seen = found[3].lowest_seen = 2;
  found[2].file_system = "ext";

  const Finding f = judge_directory(healthy(2, 2), found, "/out");

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_EQ(f.code, ExitCode::Usage);
  EXPECT_THAT(
      f.text,
      HasSubstr("rank 0 on n0 wrote in /out (nfs) is not seen by ranks 2-3 on n1: No such file (ext)"));
}

TEST(JudgeDirectory, where_rank_0_is_the_odd_one_it_is_named_and_not_those_who_share) {
  auto found = shared(6);
  found[0].file_system = found[1].file_system = "tmpfs";
  for (size_t r = 2; r < 6; ++r) {
    found[r].reading_problem = "No such file";
    found[r].seen_by_rank_0 = 0;
    found[r].lowest_seen = 2;
  }

  const Finding f = judge_directory(healthy(3, 2), found, "/out");

  EXPECT_EQ(f.code, ExitCode::Usage);
  EXPECT_THAT(f.text, HasSubstr("ranks 2-3 on n1, 4-5 on n2 wrote in /out (nfs) is not seen by ranks 0-1 on "
                                "n0 (tmpfs)"));
}

TEST(JudgeDirectory, nodes_that_share_nothing_are_no_majority) {
  auto found = shared(3);
  for (size_t r = 1; r < 3; ++r) {
    found[r].reading_problem = found[r].writing_problem = "No such file";
    found[r].lowest_seen = -1;
  }

  EXPECT_THAT(judge_directory(healthy(3, 1), found, "/tmp/out").text,
              HasSubstr("rank 0 on n0 wrote in /tmp/out (nfs) is not seen by ranks 1 on n1, 2 on n2"));
}

TEST(JudgeDirectory, who_cannot_write_is_named) {
  auto found = shared(4);
  found[1].writing_problem = "Permission denied";

  EXPECT_THAT(judge_directory(healthy(2, 2), found, "/out").text,
              HasSubstr("rank 1 on n0 cannot write in /out: Permission denied"));
}

TEST(JudgeDirectory, nobody_is_blamed_for_not_seeing_what_rank_0_could_not_write) {
  auto found = shared(2);
  found[0].writing_problem = found[1].writing_problem = "Read-only file system";
  found[1].reading_problem = "No such file";

  EXPECT_THAT(judge_directory(healthy(1, 2), found, "/out").text, HasSubstr("ranks 0-1 on n0 cannot write"));
}

TEST(JudgeDirectory, whose_file_rank_0_does_not_see_is_named) {
  auto found = shared(4);
  found[3].seen_by_rank_0 = 0;

  EXPECT_THAT(judge_directory(healthy(2, 2), found, "/out").text,
              HasSubstr("what rank 3 on n1 wrote in /out is not seen by rank 0 on n0"));
}

TEST(JudgeStorage, tells_room_and_speed) {
  const Finding f = judge_storage(healthy(2, 1), shared(2));

  EXPECT_EQ(f.verdict, Verdict::Ok);
  EXPECT_THAT(f.text, AllOf(HasSubstr("100.00 GiB free"), HasSubstr("2.00 GiB/s"), HasSubstr("2 nodes")));
}

TEST(JudgeStorage, a_full_directory_is_a_failure_of_input_and_output) {
  auto found = shared(2);
  found[0].probe_problem = "No space left on device";
  found[0].full = 1;

  const Finding f = judge_storage(healthy(2, 1), found);

  EXPECT_EQ(f.verdict, Verdict::Fail);
  EXPECT_EQ(f.code, ExitCode::Io);
  EXPECT_THAT(f.remedy, HasSubstr("quota"));
}

TEST(JudgeStorage, little_room_and_a_slow_node_are_warnings) {
  auto little = shared(2);
  little[0].free_bytes = kGiB / 2;
  EXPECT_EQ(judge_storage(healthy(2, 1), little).verdict, Verdict::Warn);

  auto slow = shared(3);
  slow[1].probe_seconds = 20;
  EXPECT_THAT(judge_storage(healthy(3, 1), slow).text, HasSubstr("n1 alone writes 51.20 MiB/s"));
}

}  // namespace
}  // namespace fullshard::doctor
