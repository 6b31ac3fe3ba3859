#include "data/unicode.hpp"

#include <gtest/gtest.h>

namespace fullshard::data {

TEST(Unicode, each_maximal_invalid_part_becomes_one_replacement) {
  // The examples of the Unicode standard, chapter 3, tables 3-8 to 3-11.
  EXPECT_EQ(with_replacements("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_EQ(with_replacements("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA");
  EXPECT_EQ(with_replacements("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFDA\uFFFD\uFFFDB");
  EXPECT_EQ(with_replacements("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"), "\uFFFD\uFFFD\uFFFD\uFFFDA");
}

TEST(Unicode, a_sequence_cut_off_by_the_end_is_invalid) {
  EXPECT_EQ(first_invalid_utf8("0123456789\xF0\x9F\x98"), 10u);
  EXPECT_EQ(with_replacements("\xF0\x9F\x98"), "\uFFFD");
}

TEST(Unicode, every_code_point_survives_encoding_and_both_decoders) {
  for (char32_t c = 1; c < 0x110000; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string text;
    append_utf8(c, text);
    const CodePoint checked = code_point_at(text, 0), trusted = valid_code_point_at(text, 0);
    ASSERT_TRUE(checked.valid && checked.value == c && trusted.value == c);
    ASSERT_EQ(static_cast<size_t>(checked.length), text.size());
  }
}

TEST(Unicode, normal_forms_compose_and_decompose) {
  EXPECT_EQ(normalized("e\u0301\u212B", NormalForm::Nfc), "\u00E9\u00C5");
  EXPECT_EQ(normalized("\u00E9", NormalForm::Nfd), "e\u0301");
  EXPECT_EQ(normalized("\uFB01\u2460", NormalForm::Nfkc), "fi1");
}

TEST(Unicode, lower_case_looks_at_one_code_point_at_a_time) {
  EXPECT_EQ(lower_case("ABΣ\u0130É"), "abσi\u0307é");
}

}  // namespace fullshard::data
