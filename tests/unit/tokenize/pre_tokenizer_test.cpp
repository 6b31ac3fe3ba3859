#include "tokenize/pre_tokenizer.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/error.hpp"
#include "tokenize/json_text.hpp"

// Expected words: what tokenizers 0.23 gives for the same JSON and text.
namespace fullshard::tokenize {

namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

Words words(std::string_view json, std::string_view text) {
  const boost::json::value value = parse_json(json);
  const std::filesystem::path file = "tokenizer.json";
  Words out;
  PreTokenizer::from(JsonNode(value, file, "pre_tokenizer")).split({text, true}, [&](const Piece& w) {
    out.emplace_back(w.text);
  });
  return out;
}

/// "a..b." cut at its points.
Words cut(const std::string& behavior, const std::string& invert) {
  return words(
      R"({"type":"Split","pattern":{"String":"."},"behavior":")" + behavior + R"(","invert":)" + invert + "}",
      "a..b.");
}

Words metaspace(const std::string& scheme, const std::string& split, std::string_view text) {
  return words(
      R"({"type":"Metaspace","replacement":"_","prepend_scheme":")" + scheme + R"(","split":)" + split + "}",
      text);
}

}  // namespace

TEST(PreTokenizer, each_behaviour_gives_matches_to_their_neighbours_or_to_nobody) {
  EXPECT_THAT(cut("Removed", "false"), ElementsAre("a", "b"));
  EXPECT_THAT(cut("Isolated", "false"), ElementsAre("a", ".", ".", "b", "."));
  EXPECT_THAT(cut("MergedWithPrevious", "false"), ElementsAre("a.", ".", "b."));
  EXPECT_THAT(cut("MergedWithNext", "false"), ElementsAre("a", ".", ".b", "."));
  EXPECT_THAT(cut("Contiguous", "false"), ElementsAre("a", "..", "b", "."));
}

TEST(PreTokenizer, inverted_what_lies_between_the_matches_is_the_match) {
  EXPECT_THAT(cut("Removed", "true"), ElementsAre(".", ".", "."));
  EXPECT_THAT(cut("MergedWithPrevious", "true"), ElementsAre("a", ".", ".b", "."));
  EXPECT_THAT(cut("MergedWithNext", "true"), ElementsAre("a.", ".", "b."));
}

TEST(PreTokenizer, classes_of_characters_part_words) {
  EXPECT_THAT(words(R"({"type":"Digits","individual_digits":true})", "a12b3"),
              ElementsAre("a", "1", "2", "b", "3"));
  EXPECT_THAT(words(R"({"type":"Digits","individual_digits":false})", "a12b3"),
              ElementsAre("a", "12", "b", "3"));
  EXPECT_THAT(words(R"({"type":"Punctuation"})", "a.,b"), ElementsAre("a", ".", ",", "b"));
  EXPECT_THAT(words(R"({"type":"Whitespace"})", "a, b!!"), ElementsAre("a", ",", "b", "!!"));
  EXPECT_THAT(words(R"({"type":"WhitespaceSplit"})", "a, b  c"), ElementsAre("a,", "b", "c"));
}

TEST(PreTokenizer, metaspace_marks_spaces_and_the_beginning_where_its_scheme_says_so) {
  EXPECT_THAT(metaspace("always", "true", "a b  c"), ElementsAre("_a", "_b", "_", "_c"));
  EXPECT_THAT(metaspace("always", "true", " a"), ElementsAre("_a"));
  EXPECT_THAT(metaspace("never", "true", "a b"), ElementsAre("a", "_b"));
  EXPECT_THAT(metaspace("always", "false", "a b"), ElementsAre("_a_b"));
  EXPECT_THAT(words(R"({"type":"Metaspace","replacement":"_","add_prefix_space":false})", "a b"),
              ElementsAre("a", "_b"));  // as older files say never
}

TEST(PreTokenizer, the_first_word_of_a_text_is_not_the_first_of_a_piece) {
  const auto behind_digits = [](const std::string& scheme) {
    return words(R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":false},)"
                 R"({"type":"Metaspace","replacement":"_","prepend_scheme":")" +
                     scheme + R"("}]})",
                 "a1b c");
  };

  EXPECT_THAT(behind_digits("first"), ElementsAre("_a", "1", "b", "_c"));
  EXPECT_THAT(behind_digits("always"), ElementsAre("_a", "_1", "_b", "_c"));
}

TEST(PreTokenizer, byte_level_may_put_a_space_before_the_text) {
  EXPECT_THAT(words(R"({"type":"ByteLevel","add_prefix_space":true})", "a b"), ElementsAre(" a", " b"));
  EXPECT_THAT(words(R"({"type":"ByteLevel","add_prefix_space":true})", " a b"), ElementsAre(" a", " b"));
  EXPECT_THAT(words(R"({"type":"ByteLevel","add_prefix_space":false})", "a b"), ElementsAre("a", " b"));
}

TEST(PreTokenizer, steps_without_end_are_refused) {
  const auto steps = [](size_t n) {
    std::string list;
    for (size_t i = 0; i < n; ++i) list += (i == 0 ? "" : ",") + std::string(R"({"type":"WhitespaceSplit"})");
    return R"({"type":"Sequence","pretokenizers":[)" + list + "]}";
  };

  EXPECT_EQ(words(steps(64), "a b"), Words({"a", "b"}));
  EXPECT_THROW(words(steps(30'000), "a b"), ModelError);
}

}  // namespace fullshard::tokenize
