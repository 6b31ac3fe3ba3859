#include "fullshard/core/text.hpp"

#include <gtest/gtest.h>

namespace fullshard {

TEST(Nearest, finds_a_misspelt_name_and_nothing_for_a_strange_one) {
  const std::vector<std::string> keys{"learning_rate", "num_train_epochs", "bf16"};

  EXPECT_EQ(nearest("learing_rate", keys), "learning_rate");
  EXPECT_EQ(nearest("num_epochs", keys), "");
  EXPECT_EQ(nearest("fp16", keys), "bf16");
  EXPECT_EQ(nearest("zzzzzzzzzzz", keys), "");
}

TEST(Text, thousands_and_durations_are_readable) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(134515008), "134,515,008");
  EXPECT_EQ(with_thousands(-1234), "-1,234");
  EXPECT_EQ(human_duration(59.4), "59 s");
  EXPECT_EQ(human_duration(185), "3 min 05 s");
  EXPECT_EQ(human_duration(7620), "2 h 07 min");
}

}  // namespace fullshard
