#include "tokenize/pattern.hpp"

#include <gtest/gtest.h>

#include "tokenize/regex.hpp"

namespace fullshard::tokenize {

TEST(Pattern, known_expressions_are_recognised_and_others_are_compiled) {
  EXPECT_TRUE(Pattern::regex(regex_of(WordPattern::Llama3)).words_of("a"));
  EXPECT_FALSE(Pattern::regex("\\p{L}+").words_of("a"));
}

TEST(Regex, escapes_mean_what_they_mean_to_oniguruma) {
  EXPECT_FALSE(Regex("\\s").find("\u180E", 0));
  EXPECT_TRUE(Regex("\\s").find("\u0085", 0));
  EXPECT_TRUE(Regex("^\\w+$").find("é\u0301②x_", 0) == std::nullopt);  // ② is no word character
  EXPECT_TRUE(Regex("^\\w+$").find("b‿²³¹¼½¾", 0));
  EXPECT_FALSE(Regex("\\W").find("²", 0));
  EXPECT_FALSE(Regex("[\\w]").find("²", 0));  // no mistake
  EXPECT_TRUE(Regex("^\\w+$").find("é\u0301x_٣", 0));
  EXPECT_TRUE(Regex("^b").find("a\nb", 0));
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

  EXPECT_TRUE(Regex("\\p{Han}").find("\u4E16", 0));
  EXPECT_FALSE(Regex("[\\p{Han}]").find(comma, 0));
  EXPECT_TRUE(Regex("\\P{Han}").find(comma, 0));
  EXPECT_TRUE(Regex("\\p{^Han}").find(comma, 0));
  EXPECT_FALSE(Regex("\\P{^Han}").find(comma, 0));
  EXPECT_TRUE(Regex("\\p{P}").find(comma, 0));
  EXPECT_FALSE(Regex("\\p{^P}").find(comma, 0));
}

TEST(Regex, an_exponential_pattern_is_stopped) {
  const std::string text(64, 'a');

  EXPECT_THROW(Regex("(a|aa)+[0-9]").find(text, 0), std::runtime_error);
}

}  // namespace fullshard::tokenize
