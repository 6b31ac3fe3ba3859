#include "tokenize/unicode.hpp"

#include <gtest/gtest.h>

namespace fullshard::tokenize {

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

TEST(Unicode, marks_younger_than_the_reference_stay_where_they_are) {
  EXPECT_EQ(normalized("a\u0345\u0327", NormalForm::Nfc), "a\u0327\u0345");  // classes 240 and 202
  EXPECT_EQ(normalized("e\u0345\u1DF7\u0301", NormalForm::Nfc),
            "e\u0345\u1DF7\u0301");  // U+1DF7 is of Unicode 10
}

TEST(CharClasses, letters_and_numbers_are_those_of_unicode_16) {
  const CharClasses classes;

  EXPECT_EQ(classes[0x2EBF0], CharClass::Letter);
  EXPECT_EQ(classes[0x1CCF0], CharClass::Number);
  EXPECT_EQ(classes[0x2009], CharClass::Space);
  EXPECT_EQ(classes[0x301], CharClass::Other);
  EXPECT_EQ(classes[0x10FFFF], CharClass::Other);
}

TEST(Unicode, lower_case_looks_at_one_code_point_at_a_time) {
  EXPECT_EQ(lower_case("ABΣ\u0130É"), "abσi\u0307é");
}

}  // namespace fullshard::tokenize
