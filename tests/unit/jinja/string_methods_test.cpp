#include <gtest/gtest.h>

#include "jinja/sequence.hpp"
#include "unit/jinja/render.hpp"

namespace fullshard::jinja {
namespace {

using namespace std::string_literals;

TEST(JinjaStrings, are_sequences_of_code_points) {
  EXPECT_EQ(
      test::text("{{ s|length }} {{ s[1] }} {{ s[-1] }} {{ s[1:3] }} {{ s[::-1] }} {{ s[9] is defined }}",
                 R"({"s": "aé☃😀z"})"),
      "5 é z é☃ z😀☃éa False");
}

TEST(JinjaStrings, are_split_as_in_python) {
  EXPECT_EQ(test::text("{{ ' a  b c '.split() }} {{ ' a b c'.split(none, 1) }} {{ 'a,b,c'.rsplit(',', 1) }} "
                       "{{ 'aXXb'.split('X') }} {{ ''.split(',') }}"),
            "['a', 'b', 'c'] ['a', 'b c'] ['a,b', 'c'] ['a', '', 'b'] ['']");
  EXPECT_EQ(test::text("{{ 'a\\r\\nb\\rc\\u2028d\\n'.splitlines() }} {{ 'a-b-c'.rpartition('-') }}"),
            "['a', 'b', 'c', 'd'] ('a-b', '-', 'c')");
  EXPECT_EQ(test::error("{{ 'a'.split('') }}"), "ValueError, line 1: empty separator");
}

TEST(JinjaStrings, are_stripped_of_space_or_of_characters) {
  EXPECT_EQ(test::text("[{{ '\\u00a0 a\\t'.strip() }}][{{ 'éaé'.lstrip('éx') }}][{{ 'xyax'.strip('yx') "
                       "}}][{{ '  a'|trim }}]"),
            "[a][aé][a][a]");
}

TEST(JinjaStrings, change_case_beyond_ascii) {
  EXPECT_EQ(test::text("{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ s.swapcase() }}",
                       R"({"s": "Straße ΣΑΣ ﬁ"})"),
            "STRASSE ΣΑΣ FI straße σας ﬁ Straße Σας Fi sTRASSE σας FI");
}

TEST(JinjaStrings, end_words_in_another_sigma_past_marks_and_apostrophes) {
  EXPECT_EQ(test::text("{{ s.lower() }}", R"({"s": "ΑΣ'Α Α'Σ ΑΣ\u0301 Σ ΑΣ: \u0000Σ Α\u0000Σ Α.Σ."})"),
            "ασ'α α'ς ας\u0301 σ ας: \0σ α\0σ α.ς."s);
}

TEST(JinjaStrings, become_several_characters_where_unicode_has_no_single_one) {
  EXPECT_EQ(test::text("{{ s.upper() }} {{ s.title() }} {{ s.capitalize() }}", R"({"s": "ᾀ ὒ ᾳ"})"),
            "ἈΙ Υ̓̀ ΑΙ ᾈ Υ̓̀ ᾼ ᾈ ὒ ᾳ");
}

TEST(JinjaStrings, are_searched_by_position_of_characters) {
  EXPECT_EQ(test::text("{{ s.find('z') }} {{ s.rfind('é') }} {{ s.count('é') }} {{ s.find('é', 2) }} {{ "
                       "s.startswith('é', 1) }} {{ s.endswith(('x','z')) }}",
                       R"({"s": "aébéz"})"),
            "4 3 2 3 True True");
}

TEST(JinjaStrings, are_searched_from_the_right_whatever_the_lengths) {
  Heap heap;
  for (size_t size = 0; size < 300; size += 7)
    for (size_t needle_size = 0; needle_size < 90; ++needle_size) {
      std::string text(size, 'a');
      for (size_t at = size % 5; at < size; at += 40 + size % 11) text[at] = 'b';
      const std::string needle = std::string(needle_size / 2, 'a') + (needle_size % 3 == 0 ? "b" : "") +
                                 std::string(needle_size - needle_size / 2, 'a');

      EXPECT_EQ(rfind_text(heap, text, needle), text.rfind(needle)) << size << " " << needle;
    }
}

TEST(JinjaStrings, are_formatted_in_both_ways) {
  EXPECT_EQ(test::text("{{ '%s|%5.2f|%-4d|%05d|%(a)s|%%' % {'a': 1} if false else '%s|%5.2f|%-4d|%05d|%%' % "
                       "('x', 3.14159, 7, -42) }}"),
            "x| 3.14|7   |-0042|%");
  EXPECT_EQ(test::text("{{ '{:>5}|{:^5}|{:,}|{:.1%}|{a[0]}|{0!r}|{{}}'.format('a', 'b', 1234567, 0.5, a=[9]) "
                       "if false else '{:>5}|{:^5}|{:,}|{:.1%}|{{}}'.format('a', 'b', 1234567, 0.5) }}"),
            "    a|  b  |1,234,567|50.0%|{}");
  EXPECT_EQ(test::error("{{ '%d' % 'a' }}"),
            "TypeError, line 1: %d format: a real number is required, not str");
}

}  // namespace
}  // namespace fullshard::jinja
