#include "prepare/stores/length_histogram.hpp"

#include <gmock/gmock.h>

#include <sstream>

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

TEST(LengthHistogram, ranges_double_where_one_sample_is_far_longer_than_others) {
  std::vector<int64_t> lengths = {5, 90, 100, 100, 110, 130, 30000};
  EXPECT_EQ(length_histogram(lengths),
            "tokens per sample: least 5, median 100, 95 % up to 130, most 30,000\n"
            "       4 to     15  1  ████████████\n"
            "      16 to     31  0\n"
            "      32 to     63  0\n"
            "      64 to    127  4  ████████████████████████████████████████████████\n"
            "     128 to    255  1  ████████████\n"
            "     256 to    511  0\n"
            "     512 to  1,023  0\n"
            "   1,024 to  2,047  0\n"
            "   2,048 to  4,095  0\n"
            "   4,096 to  8,191  0\n"
            "   8,192 to 16,383  0\n"
            "  16,384 to 32,767  1  ████████████\n");
}

TEST(LengthHistogram, no_range_loses_a_sample) {
  for (const std::vector<int64_t>& lengths :
       {std::vector<int64_t>{1, 1, 1, 1 << 24}, {2, 3, 5, 70}, {1, 13}, {16, 16, 16, 200}}) {
    std::istringstream lines(length_histogram(lengths));
    std::string line, word, to;
    int64_t sum = 0, count = 0;
    for (std::getline(lines, line); lines >> word >> to >> word >> count; sum += count)
      std::getline(lines, line);
    EXPECT_EQ(sum, std::ssize(lengths)) << lengths.back();
  }
}

}  // namespace
}  // namespace fullshard::prepare
