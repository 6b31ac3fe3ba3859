#include "tokenize/unicode.hpp"

#include <gtest/gtest.h>
#include <utf8proc.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/rng.hpp"
#include "tokenize/unicode_versions.hpp"

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

namespace {

/// utf8proc's own way, which is slow where many marks are in a row.
std::string mapped_by_utf8proc(const std::string& text, NormalForm form) {
  const bool composed = form == NormalForm::Nfc || form == NormalForm::Nfkc;
  const bool compatible = form == NormalForm::Nfkc || form == NormalForm::Nfkd;
  const int options = UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                      (compatible ? UTF8PROC_COMPAT : 0);
  utf8proc_uint8_t* raw = nullptr;
  const auto n =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &raw, static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(raw, &std::free);
  return n < 0 ? "utf8proc failed" : std::string(reinterpret_cast<const char*>(raw), static_cast<size_t>(n));
}

/// Marks of every class and other characters that the reference knows, `length` of them.
std::string random_text(const CounterRng& rng, uint64_t first, uint64_t length) {
  std::string text;
  for (uint64_t i = first; i < first + length; ++i) {
    const uint64_t bits = rng.bits(i);
    const bool mark = bits % 4 != 0;
    const auto c = static_cast<char32_t>(mark ? 0x300 + bits / 4 % 0x70 : 1 + bits / 4 % 0x1FFFF);
    const bool surrogate = c >= 0xD800 && c < 0xE000;
    append_utf8(surrogate || is_inert_in_reference(c) ? U'a' : c, text);
  }
  return text;
}

}  // namespace

TEST(Unicode, normal_forms_of_many_marks_are_those_of_utf8proc) {
  const CounterRng rng(7, 0);
  for (uint64_t i = 0; i < 20'000; ++i) {
    const std::string text = random_text(rng, i * 64, 1 + i % 63);
    for (const NormalForm form : {NormalForm::Nfc, NormalForm::Nfd, NormalForm::Nfkc, NormalForm::Nfkd})
      ASSERT_EQ(normalized(text, form), mapped_by_utf8proc(text, form)) << text;
  }
}

TEST(Unicode, a_run_of_marks_takes_time_that_grows_with_its_length) {
  constexpr size_t kPairs = 400'000;
  std::string text = "a", ordered = "a";
  for (size_t i = 0; i < kPairs; ++i) text += "\u0301\u0327";
  for (size_t i = 0; i < kPairs; ++i) ordered += "\u0327";
  for (size_t i = 0; i < kPairs; ++i) ordered += "\u0301";

  const Stopwatch watch;
  const std::string decomposed = normalized(text, NormalForm::Nfd);
  const double seconds = watch.seconds();

  EXPECT_TRUE(decomposed == ordered);
  EXPECT_LT(seconds, 10);  // 0.1 here; swapping neighbours takes a quarter of an hour
}

TEST(Unicode, what_is_surely_normal_is_its_own_normal_form) {
  for (char32_t c = 1; c < 0x110000; c = c == 0xD7FF ? 0xE000 : c + 1) {
    std::string text = "e";
    append_utf8(c, text);
    if (!is_surely_normal(text, NormalForm::Nfc)) continue;
    text += text;
    std::string one_by_one;
    for (size_t at = 0, end = 0; at < text.size(); at = end) {
      end = at + static_cast<size_t>(valid_code_point_at(text, at).length);
      one_by_one += normalized(normalized(text.substr(at, end - at), NormalForm::Nfd), NormalForm::Nfc);
    }
    ASSERT_EQ(text, one_by_one) << static_cast<uint32_t>(c);
  }
  EXPECT_TRUE(is_surely_normal("naïve 世界 привет ế がで 한국", NormalForm::Nfc));
  EXPECT_FALSE(is_surely_normal("e\u0301", NormalForm::Nfc));
  EXPECT_FALSE(is_surely_normal("\u00E9", NormalForm::Nfd));
}

TEST(Unicode, what_begins_a_normal_part_leaves_any_character_before_it_alone) {
  // Characters that compose: with marks, Hangul to its left and right, kana with voicing, a vowel sign.
  const std::vector<std::string> hungry = {"a",      "\u1100", "\uAC00",      "\u30AB",
                                           "\uFF76", "\u09C7", "\u03A9\u0301"};
  for (char32_t c = 0x80; c < 0x30000; c = c == 0xD7FF ? 0xE000 : c + 1) {
    if (!begins_normal_part(c)) continue;
    std::string character;
    append_utf8(c, character);
    for (const NormalForm form : {NormalForm::Nfc, NormalForm::Nfkc})
      for (const std::string& before : hungry)
        ASSERT_EQ(normalized(before + character, form),
                  normalized(before, form) + normalized(character, form))
            << before << character;
  }
}

TEST(Unicode, normal_parts_end_to_end_are_the_normal_text) {
  constexpr std::array<char32_t, 32> alphabet = {
      U'a',   U'e',   U'q',   0x301,  0x323,  0x345,  0xE9,    0x1E69, 0x1100, 0x1161, 0x11A8,
      0xAC00, 0xAC01, 0x30CF, 0x3099, 0x309A, 0xFF8A, 0xFF9E,  0xFF9F, 0xFFA1, 0xFFC2, 0x9C7,
      0x9BE,  0x9D7,  0x1DF7, 0x344,  0xFB01, 0x212B, 0x1D15E, 0xF73,  0xFDFA, 0x4E16};
  const CounterRng rng(3, 0);
  for (uint64_t i = 0; i < 20'000; ++i) {
    std::string text;
    for (uint64_t k = 0; k < 1 + i % 9; ++k)
      append_utf8(alphabet[rng.bits(i * 16 + k) % alphabet.size()], text);
    for (const NormalForm form : {NormalForm::Nfc, NormalForm::Nfd, NormalForm::Nfkc, NormalForm::Nfkd}) {
      std::string parts;
      for (size_t at = 0, end = 0; at < text.size(); at = end) {
        end = end_of_normal_part(text, at);
        parts += normalized(std::string_view(text).substr(at, end - at), form);
      }
      ASSERT_EQ(parts, normalized(text, form)) << text;
    }
  }
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
