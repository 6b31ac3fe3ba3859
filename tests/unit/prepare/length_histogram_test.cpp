#include "prepare/length_histogram.hpp"

#include <gmock/gmock.h>

namespace fullshard::prepare {
namespace {

using testing::HasSubstr;

TEST(LengthHistogram, every_length_is_in_one_range_and_the_ends_are_told) {
  std::vector<int64_t> lengths;
  for (int64_t i = 1; i <= 100; ++i) lengths.push_back(i);
  const std::string text = length_histogram(lengths);

  EXPECT_THAT(text, HasSubstr("least 1, median 50, 95 % up to 95, most 100"));
  EXPECT_THAT(text, HasSubstr("   0 to   9   9  "));
  EXPECT_THAT(text, HasSubstr("  90 to  99  10  █"));
  EXPECT_THAT(text, HasSubstr(" 100 to 109   1  ████▉"));
}

TEST(LengthHistogram, one_sample_and_none_are_no_problem) {
  EXPECT_THAT(length_histogram({7}), HasSubstr("  7 to 7  1  █"));
  EXPECT_EQ(length_histogram({}), "no samples\n");
}

TEST(LengthHistogram, has_at_most_thirteen_lines_whatever_the_lengths) {
  for (const int64_t most : {2, 11, 12, 13, 999, 1000, 4095, 131072}) {
    const std::string text = length_histogram({1, most});
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 14) << most;
  }
}

}  // namespace
}  // namespace fullshard::prepare
