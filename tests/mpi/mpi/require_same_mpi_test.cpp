#include "fullshard/mpi/require_same.hpp"

#include <gmock/gmock.h>

#include "support/judge.hpp"
#include "support/together.hpp"

namespace fullshard {
namespace {

using test::judge_all_ranks;
using test::Outcome;
using test::outcome_of;
using test::world;
using testing::HasSubstr;

/// What comes of it when the last rank has another text than the others.
Outcome compared(const std::string& most, const std::string& last) {
  const bool is_last = world().rank() == world().size() - 1;
  return outcome_of([&] {
    mpi::require_same(world(), world().rank() == 0 ? "run.json" : "elsewhere/run.json", is_last ? last : most,
                      ExitCode::Refused);
  });
}

TEST(RequireSame, says_nothing_of_what_is_the_same) {
  const Outcome empty = compared("", ""), text = compared("a: 1\nb: 2\n", "a: 1\nb: 2\n");

  judge_all_ranks([&] { return empty.code == ExitCode::Done && text.code == ExitCode::Done; });
}

TEST(RequireSame, tells_all_ranks_the_same_of_the_first_that_differs) {
  const Outcome o = compared("a: 1\nb: 22\nc: 3\n", "a: 1\nb: 21\nc: 4\n");
  const std::string of_rank_0 = world().broadcast(o.message);

  if (world().size() == 1) return;
  judge_all_ranks([&] { return o.code == ExitCode::Refused && o.message == of_rank_0; });
  EXPECT_THAT(o.message, HasSubstr("run.json: expected the same on all ranks, found b: 22 on rank 0 ("));
  EXPECT_THAT(o.message, HasSubstr(") and b: 21 on rank " + std::to_string(world().size() - 1) + " ("));
}

TEST(RequireSame, the_lowest_rank_that_differs_is_named) {
  const Outcome o = outcome_of([] {
    mpi::require_same(world(), "data", world().rank() == 0 ? "" : std::to_string(world().rank()),
                      ExitCode::Usage);
  });

  judge_all_ranks([&] {
    return world().size() == 1 ||
           (o.code == ExitCode::Usage && o.message.find("found nothing on rank 0") != std::string::npos &&
            o.message.find("and 1 on rank 1") != std::string::npos);
  });
}

TEST(RequireSame, shows_of_a_long_line_the_place) {
  const std::string before(1000, 'b'), behind(1000, 'e');
  std::string begun;
  for (int i = 0; i < 40; ++i) begun += "ä";
  begun += 'z';  // the first of so many characters would be cut in two

  const Outcome o = compared(before + begun + "X" + behind, before + begun + "Y" + behind);

  if (world().size() == 1) return;
  EXPECT_THAT(o.message, HasSubstr("…" + begun.substr(20) + "X" + behind.substr(0, 99) + "… on rank 0"));
  judge_all_ranks([&] { return o.message.size() < 600; });
}

TEST(RequireSame, a_text_may_be_the_beginning_of_another) {
  const Outcome longer = compared("a\n", "a\nb\n"), shorter = compared("a\nb\n", "a\n");

  if (world().size() == 1) return;
  EXPECT_THAT(longer.message, HasSubstr("found nothing on rank 0"));
  EXPECT_THAT(longer.message, HasSubstr("and b on rank"));
  EXPECT_THAT(shorter.message, HasSubstr("found b on rank 0"));
  EXPECT_THAT(shorter.message, HasSubstr("and nothing on rank"));
}

}  // namespace
}  // namespace fullshard
