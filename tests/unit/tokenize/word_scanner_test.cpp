#include "tokenize/word_scanner.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "fullshard/core/rng.hpp"
#include "tokenize/regex.hpp"

namespace fullshard::tokenize {

namespace {

constexpr std::array kAll = {WordPattern::Gpt2, WordPattern::Llama3, WordPattern::Qwen2};

// Code points that the patterns tell apart, all assigned since Unicode 14, which PCRE2 here knows.
const std::vector<char32_t> kAlphabet = {U'a',   U'b',   U's',   U'S',   U't',  U'T',    U'r',   U'e',   U'E',
                                         U'v',   U'm',   U'L',   U'l',   U'D',  U'd',    U'0',   U'7',   U' ',
                                         U' ',   U'\t',  U'\n',  U'\r',  U'\'', U'\'',   U'!',   U'-',   U'_',
                                         U'é',   U'ſ',   U'世',  U'²',   U'Ⅷ',  U'٣',    U'½',   0xA0,   0x85,
                                         0x3000, 0x2028, 0x200B, 0x180E, 0x301, 0x1F600, 0x212A, 0x10400};

std::string random_text(uint64_t stream, int64_t length) {
  const CounterRng rng(11, stream);
  std::string text;
  for (int64_t i = 0; i < length; ++i)
    append_utf8(kAlphabet[rng.bits(static_cast<uint64_t>(i)) % kAlphabet.size()], text);
  return text;
}

}  // namespace

// Every text of up to five of these, one of each kind that the patterns tell apart.
TEST(WordScanner, finds_the_words_of_the_regular_expression_in_all_short_texts) {
  constexpr std::array<char32_t, 11> kinds = {U'a',  U'S',  U'e', U'7', U' ',  U'\n',
                                              U'\t', U'\'', U'!', U'é', 0x3000};
  const CharClasses classes;
  for (const WordPattern pattern : kAll) {
    const Regex regex(regex_of(pattern));
    for (uint64_t number = 1; number < 161'051; ++number) {  // 11 to the fifth
      std::string text;
      for (uint64_t rest = number; rest > 0; rest /= kinds.size())
        append_utf8(kinds[rest % kinds.size()], text);
      MatchBudget budget(text.size());
      for (size_t at = 0; at < text.size();) {
        const size_t end = WordScanner(pattern, classes, text).end_of_word(at);
        ASSERT_EQ(end, regex.find(text, at, budget)->end)
            << static_cast<int>(pattern) << " at " << at << " of " << text;
        at = end;
      }
    }
  }
}

TEST(WordScanner, scanning_by_hand_finds_the_words_of_the_regular_expression) {
  const CharClasses classes;
  for (const WordPattern pattern : kAll) {
    const Regex regex(regex_of(pattern));
    for (uint64_t i = 0; i < 20'000; ++i) {
      const std::string text = random_text(i, static_cast<int64_t>(1 + i % 24));
      MatchBudget budget(text.size());
      for (size_t at = 0; at < text.size();) {
        const auto expected = regex.find(text, at, budget);
        ASSERT_TRUE(expected && expected->begin == at) << text;
        const size_t end = WordScanner(pattern, classes, text).end_of_word(at);
        ASSERT_EQ(end, expected->end)
            << "pattern " << static_cast<int>(pattern) << " at " << at << " of " << text;
        at = end;
      }
    }
  }
}

}  // namespace fullshard::tokenize
