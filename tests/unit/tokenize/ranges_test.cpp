// Tokenizer::encode_with_ranges: one test for each thing that moves bytes.
#include <gmock/gmock.h>

#include "tokenize/tiny_tokenizer.hpp"

namespace fullshard::tokenize {

namespace {

using test::TinyFile;
using testing::ElementsAre;

// Each token's part of the text, in the text's own bytes.
std::vector<std::string> parts(const Tokenizer& tokenizer, const std::string& text,
                               SpecialTokens special = SpecialTokens::None) {
  const Encoding tokens = tokenizer.encode_with_ranges(text, special);
  EXPECT_EQ(tokens.ids, tokenizer.encode(text, special));
  EXPECT_EQ(tokens.ids.size(), tokens.ranges.size());
  std::vector<std::string> out;
  for (const TextRange r : tokens.ranges) out.push_back(text.substr(r.begin, r.size()));
  return out;
}

std::string model(const std::string& more, const std::string& flags) {
  return R"({"type":"BPE","vocab":{"a":0,"b":1,"c":2,"ab":3,"_":4,"\u00E9":5,"<unk>":6)" + more + "}," +
         flags + R"("merges":["a b"]})";
}

TinyFile plain(const std::string& flags = "") {
  return {.added = "[]", .model = model("", flags), .config = "{}"};
}

}  // namespace

TEST(Ranges, of_merged_tokens_join_those_of_their_parts) {
  EXPECT_THAT(parts(TinyFile{}.load(), "abcdab"), ElementsAre("abc", "d", "ab"));
}

TEST(Ranges, of_what_stands_around_the_text_are_empty_at_its_ends) {
  TinyFile file;
  file.post_processor = R"({"type":"BertProcessing","sep":["</s>",13],"cls":["<s>",12]})";

  const Encoding tokens = file.load().encode_with_ranges("abc", SpecialTokens::Add);

  EXPECT_THAT(tokens.ranges, ElementsAre(TextRange{0, 0}, TextRange{0, 3}, TextRange{3, 3}));
}

TEST(Ranges, of_added_tokens_have_the_spaces_that_they_take) {
  const TinyFile file{.added = R"([{"id":12,"content":"<s>","lstrip":true,"rstrip":true,"special":true}])",
                      .config = "{}"};

  EXPECT_THAT(parts(file.load(), "ab  <s>  c"), ElementsAre("ab", "  <s>  ", "c"));
}

TEST(Ranges, of_composed_characters_are_all_that_they_were_made_of) {
  TinyFile file = plain();
  file.normalizer = R"({"type":"NFC"})";

  EXPECT_THAT(parts(file.load(), "ae\u0301ab\u00E9"), ElementsAre("a", "e\u0301", "ab", "\u00E9"));
}

TEST(Ranges, of_a_prefix_are_the_first_character_and_of_a_replaced_space_the_space) {
  TinyFile file = plain();
  file.normalizer = R"({"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"_"},)"
                    R"({"type":"Replace","pattern":{"String":" "},"content":"_"}]})";

  EXPECT_THAT(parts(file.load(), "ab c"), ElementsAre("a", "ab", " ", "c"));
}

TEST(Ranges, of_a_metaspace_are_those_of_its_space) {
  TinyFile file = plain();
  file.pre_tokenizer = R"({"type":"Metaspace","replacement":"_","prepend_scheme":"always","split":true})";

  EXPECT_THAT(parts(file.load(), "b ab a"), ElementsAre("b", "b", " ", "ab", " ", "a"));
}

TEST(Ranges, of_a_prefix_space_are_the_first_character) {
  TinyFile file = plain();
  file.model = model(R"(,"\u0120":7)", "");  // the space of byte-level vocabularies
  file.pre_tokenizer = R"({"type":"ByteLevel","add_prefix_space":true,"use_regex":true})";

  EXPECT_THAT(parts(file.load(), "ab c"), ElementsAre("a", "ab", " ", "c"));
}

TEST(Ranges, of_strips_and_lower_case_are_those_of_the_text_before) {
  TinyFile file = plain();
  file.normalizer =
      R"({"type":"Sequence","normalizers":[{"type":"Strip","strip_left":true,"strip_right":true},)"
      R"({"type":"Lowercase"}]})";

  EXPECT_THAT(parts(file.load(), "  CAB\u00C9 "), ElementsAre("C", "AB", "\u00C9"));
}

TEST(Ranges, of_byte_tokens_are_single_bytes) {
  TinyFile file = plain(R"("byte_fallback":true,)");
  file.model = model(R"(,"<0xC3>":7,"<0xA0>":8)", R"("byte_fallback":true,)");

  EXPECT_THAT(parts(file.load(), "a\u00E0b"), ElementsAre("a", "\xC3", "\xA0", "b"));
}

TEST(Ranges, of_unknown_characters_are_theirs_and_none_where_they_vanish) {
  EXPECT_THAT(parts(plain(R"("unk_token":"<unk>","fuse_unk":true,)").load(), "axyb"),
              ElementsAre("a", "xy", "b"));
  EXPECT_THAT(parts(plain(R"("unk_token":"<unk>",)").load(), "axyb"), ElementsAre("a", "x", "y", "b"));
  EXPECT_THAT(parts(plain().load(), "axyc"), ElementsAre("a", "c"));
  EXPECT_THAT(parts(plain().load(), "axb"), ElementsAre("axb"));  // merged across what vanished
}

TEST(Ranges, of_replaced_invalid_bytes_are_the_bytes) {
  const TinyFile file = plain(R"("unk_token":"<unk>",)");

  EXPECT_THAT(parts(file.load(),
                    "ab\xFF\xE4\xB8"
                    "c"),
              ElementsAre("ab", "\xFF", "\xE4\xB8", "c"));
}

TEST(Ranges, of_a_word_that_is_a_token_are_all_of_it) {
  EXPECT_THAT(parts(plain(R"("ignore_merges":true,)").load(), "ab"), ElementsAre("ab"));
}

}  // namespace fullshard::tokenize
