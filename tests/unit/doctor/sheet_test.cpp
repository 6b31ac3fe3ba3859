#include "doctor/sheet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/doctor/made_up.hpp"

namespace fullshard::doctor {
namespace {

TEST(Sheet, facts_come_back_as_they_were_sent) {
  RankFacts sent = healthy(2, 2)[3];
  sent.memory_limit = 5;
  sent.driver = "550.54.15 = new";

  const auto got = decoded<RankFacts>(encoded(sent));

  EXPECT_EQ(encoded(got), encoded(sent));
  EXPECT_EQ(got.driver, sent.driver);
  EXPECT_EQ(got.memory_limit, 5);
  EXPECT_EQ(got.file_size, kUnlimited);
}

TEST(Sheet, what_another_version_of_the_program_does_not_send_keeps_its_default) {
  const auto got = decoded<RankFacts>("host=n7\nshoe_size=44\nram=many\nnonsense\n");

  EXPECT_EQ(got.host, "n7");
  EXPECT_EQ(got.ram, 0);
  EXPECT_EQ(got.open_files, kUnlimited);
}

TEST(Sheet, a_value_with_line_breaks_stays_one_value) {
  RankFacts sent;
  sent.host = "a\nrank=9";

  const auto got = decoded<RankFacts>(encoded(sent));

  EXPECT_EQ(got.host, "a rank=9");
  EXPECT_EQ(got.rank, 0);
}

}  // namespace
}  // namespace fullshard::doctor
