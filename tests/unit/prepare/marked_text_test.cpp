#include "prepare/stores/marked_text.hpp"

#include <gmock/gmock.h>

#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::prepare {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<int32_t>;

// Tokens of the tiny vocabulary: a to h are 0 to 7, ' ' 8, ab 9, abc 10, cd 11, <s> 12, </s> 13; ~id is
// masked.
const tokenize::Tokenizer kTokenizer = tokenize::test::TinyFile{}.load();

Words run(int32_t id, int64_t count) {
  return Words(static_cast<size_t>(count), id);
}

Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(MarkedText, what_is_trained_stands_out) {
  const Words words = {~12, ~4, 10, 13};

  EXPECT_EQ(marked_text(words, &kTokenizer, {}), "<s>e⟦abc</s>⟧");
  EXPECT_EQ(marked_text(words, &kTokenizer, {.color = true}), "\033[2m<s>e\033[0m\033[32mabc</s>\033[0m");
  EXPECT_EQ(marked_text(words, nullptr, {}), "12 4 ⟦10 13 ⟧");
}

TEST(MarkedText, a_long_prompt_does_not_hide_the_answer) {
  const std::string text = marked_text(run(~0, 1200) + run(1, 7), &kTokenizer, {.characters = 107});

  EXPECT_EQ(text, std::string(50, 'a') + " [… 1,100 characters …] " + std::string(50, 'a') + "⟦bbbbbbb⟧");
}

TEST(MarkedText, of_very_many_turns_the_last_are_counted) {
  Words words;
  for (int i = 0; i < 100; ++i) words = words + run(~0, 60) + run(1, 60);
  const std::string text = marked_text(words, &kTokenizer, {.characters = 240});

  EXPECT_THAT(text, testing::EndsWith("b⟧ [… 11,760 more tokens, 5,880 of them trained]"));
  EXPECT_EQ(std::count(text.begin(), text.end(), 'b'), 120);
}

TEST(MarkedText, what_fits_is_shown_whole) {
  EXPECT_THAT(marked_text(run(~0, 750) + run(1, 750), &kTokenizer, {.characters = 1500}),
              Not(HasSubstr("…")));
}

TEST(MarkedText, ids_are_never_cut_in_two) {
  EXPECT_EQ(marked_text(run(11, 65), nullptr, {.characters = 60}).substr(0, 9), "⟦11 11 ");
  EXPECT_THAT(marked_text(run(11, 65), nullptr, {.characters = 60}), HasSubstr("11  [… 5 ids …] 11 11"));
}

TEST(MarkedText, control_characters_do_not_reach_the_terminal) {
  tokenize::test::TinyFile file{.added = "[]", .config = "{}"};
  file.model =
      R"({"type":"BPE","vocab":{"\u001b":0,"\u009b":1,"\r":2,"\n":3,"\u00e9":4,"\u007f":5},"merges":[]})";
  const tokenize::Tokenizer tokenizer = file.load();

  EXPECT_EQ(marked_text(Words{~0, ~1, ~2, ~3, ~4, ~5}, &tokenizer, {}), "\\x1b\\u009b\\x0d\né\\x7f");
}

TEST(MarkedText, a_blank_at_the_border_of_two_runs_is_kept) {
  tokenize::test::TinyFile file{.added = "[]", .config = "{}"};
  file.decoder = R"({"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"_"},"content":" "},
    {"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]})";
  file.model = R"({"type":"BPE","vocab":{"_":0,"a":1,"b":2},"merges":[]})";
  const tokenize::Tokenizer tokenizer = file.load();

  EXPECT_EQ(marked_text(Words{~0, ~1, 0, 2}, &tokenizer, {}), "a⟦ b⟧");
}

}  // namespace
}  // namespace fullshard::prepare
