#include "tokenize/word_table.hpp"

#include <gtest/gtest.h>

#include <map>

#include "fullshard/core/rng.hpp"

namespace fullshard::tokenize {

TEST(WordTable, finds_every_word_of_every_length_and_no_other) {
  // Two letters and the NUL byte: many words that differ in one place or in length alone.
  const CounterRng rng(1, 0);
  const auto random_word = [&](uint64_t i) {
    std::string word;
    for (uint64_t k = 0; k < i % 20; ++k) word += std::string_view("a\0b", 3)[rng.bits(i * 32 + k) % 3];
    return word;
  };
  std::map<std::string, int32_t> expected;
  for (uint64_t i = 0; i < 4000; i += 2) expected.emplace(random_word(i), static_cast<int32_t>(i));
  std::vector<WordTable::Word> words;
  for (const auto& [text, id] : expected) words.push_back({text, id});

  const WordTable table(words);

  for (uint64_t i = 0; i < 4000; ++i) {
    const std::string word = random_word(i);
    const auto found = expected.find(word);
    EXPECT_EQ(table.find(word), found == expected.end() ? -1 : found->second) << word.size();
  }
}

TEST(WordTable, an_empty_one_has_no_words) {
  EXPECT_EQ(WordTable{}.find(""), -1);
  EXPECT_EQ(WordTable{}.find("word"), -1);
  EXPECT_EQ(WordTable{}.find("a word of more than eleven bytes"), -1);
}

}  // namespace fullshard::tokenize
