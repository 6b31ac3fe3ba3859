#include "doctor/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Who, names_ranks_in_ranges_by_host) {
  const auto all = healthy(2, 4);

  EXPECT_EQ(who(all, std::vector{3}), "rank 3 on n0");
  EXPECT_EQ(who(all, std::vector{0, 1, 3, 4, 5, 6, 7}), "ranks 0-1,3 on n0, 4-7 on n1");
}

TEST(Who, counts_what_would_be_a_long_list) {
  const auto all = healthy(6, 2);

  EXPECT_EQ(who(all, std::vector{0, 2, 4, 6, 8, 10, 11}),
            "ranks 0 on n0, 2 on n1, 4 on n2, 6 on n3 and 3 more");
}

TEST(Groups, put_the_most_common_value_first_and_of_equals_that_of_the_lowest_rank) {
  auto all = healthy(1, 4);
  all[0].processor = "old";

  const auto found = groups(all, [](const RankFacts& f) { return f.processor; });
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].value, "Processor 9000");
  EXPECT_THAT(found[1].ranks, ElementsAre(0));

  all[1].processor = "old";
  EXPECT_EQ(groups(all, [](const RankFacts& f) { return f.processor; })[0].value, "old");
}

TEST(Brief, chooses_its_unit) {
  EXPECT_EQ(brief(12.4e-6), "12 us");
  EXPECT_EQ(brief(0.0034), "3.4 ms");
  EXPECT_EQ(brief(90.25), "90.2 s");
}

TEST(Parts, are_between_separators_and_never_empty) {
  EXPECT_THAT(parts("a;;b;", ';'), ElementsAre("a", "b"));
  EXPECT_THAT(parts("", ';'), IsEmpty());
}

}  // namespace
}  // namespace fullshard::doctor
