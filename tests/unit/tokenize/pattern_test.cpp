#include "tokenize/pattern.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "tokenize/regex.hpp"

namespace fullshard::tokenize {

namespace {

std::optional<TextRange> first(const Regex& regex, std::string_view text) {
  MatchBudget budget(text.size());
  return regex.find(text, 0, budget);
}

}  // namespace

TEST(Pattern, known_expressions_are_recognised_and_others_are_compiled) {
  EXPECT_TRUE(Pattern::regex(regex_of(WordPattern::Llama3)).words_of("a"));
  EXPECT_FALSE(Pattern::regex("\\p{L}+").words_of("a"));
}

TEST(Regex, escapes_mean_what_they_mean_to_oniguruma) {
  EXPECT_FALSE(first(Regex("\\s"), "\u180E"));
  EXPECT_TRUE(first(Regex("\\s"), "\u0085"));
  EXPECT_TRUE(first(Regex("^\\w+$"), "é\u0301②x_") == std::nullopt);  // ② is no word character
  EXPECT_TRUE(first(Regex("^\\w+$"), "b‿²³¹¼½¾"));
  EXPECT_FALSE(first(Regex("\\W"), "²"));
  EXPECT_FALSE(first(Regex("[\\w]"), "²"));  // no mistake
  EXPECT_TRUE(first(Regex("^\\w+$"), "é\u0301x_٣"));
  EXPECT_TRUE(first(Regex("^b"), "a\nb"));
}

TEST(Regex, what_differs_between_the_dialects_is_refused) {
  for (const char* pattern :
       {"[a-z&&[^b]]", "a{1,2}+",    "\\bword",   "(unclosed", "[^\\W]", "\\v",    "[\\V]",
        "\\Qa",        "a\\E",       "\\N{U+61}", "\\pL",      "(?s).",  "(?m:.)", "(?-x)a",
        "a(?i)b|c",    "(*ACCEPT)a", "a{,2}",     "a{2}?b",    "[]\\w]", "[^]a]"})
    EXPECT_THROW(Regex{pattern}, std::runtime_error) << pattern;
  for (const char* pattern :
       {"(?i)a|b", "a(?i:b)", "a{1,2}?", "(?:a)(?=b)", "(?<!a)b", "(?>a)", "\\x{61}{2}"})
    EXPECT_NO_THROW(Regex{pattern}) << pattern;
}

TEST(Regex, a_script_is_what_belongs_to_it_alone) {
  const std::string comma = "\u3001";  // ideographic, of several scripts

  EXPECT_TRUE(first(Regex("\\p{Han}"), "\u4E16"));
  EXPECT_FALSE(first(Regex("[\\p{Han}]"), comma));
  EXPECT_TRUE(first(Regex("\\P{Han}"), comma));
  EXPECT_TRUE(first(Regex("\\p{^Han}"), comma));
  EXPECT_FALSE(first(Regex("\\P{^Han}"), comma));
  EXPECT_TRUE(first(Regex("\\p{P}"), comma));
  EXPECT_FALSE(first(Regex("\\p{^P}"), comma));
}

TEST(Regex, an_exponential_pattern_is_stopped) {
  const std::string text(64, 'a');

  EXPECT_THROW(first(Regex("(a|aa)+[0-9]"), text), std::runtime_error);
}

TEST(Regex, matches_of_a_text_share_what_it_may_take) {
  const Regex squares("a*a*b|a");  // as many steps for each a as follow
  const std::string text(4000, 'a');
  MatchBudget budget(text.size());

  EXPECT_TRUE(squares.find(text, 0, budget));
  EXPECT_THROW(for (size_t at = 0; at < text.size(); ++at)(void) squares.find(text, at, budget), Error);
}

TEST(Regex, a_word_may_take_as_many_steps_as_it_is_long) {
  const std::string word(1 << 20, 'A'), text = word + " " + word;
  const Regex pattern("[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+|[\\p{Lu}\\p{M}]+| ");
  MatchBudget budget(text.size());

  EXPECT_EQ(pattern.find(text, 0, budget), (TextRange{0, word.size()}));
  EXPECT_EQ(pattern.find(text, word.size() + 1, budget), (TextRange{word.size() + 1, text.size()}));
}

}  // namespace fullshard::tokenize
