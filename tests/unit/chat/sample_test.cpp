#include "fullshard/chat/sample.hpp"

#include <gmock/gmock.h>

#include "support/shared_assets.hpp"
#include "unit/chat/marked.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::chat {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tokenize::test::TinyFile;

// Tokens of the tiny vocabulary: a to h are 0 to 7, ' ' 8, ab 9, abc 10, cd 11, <s> 12, </s> 13.
Sample sample(std::string text, std::vector<TrainedSpan> trained) {
  return encode({std::move(text), std::move(trained)}, TinyFile{}.load());
}

std::string fault(const Sample& s) {
  return s.fault ? std::string(fault_name(s.fault->fault)) : "none";
}

TEST(Sample, a_token_is_trained_if_one_of_its_bytes_is) {
  const Sample s = sample("abcde</s>d", {{2, 9, true}});

  EXPECT_THAT(s.ids, ElementsAre(10, 3, 4, 13, 3));
  EXPECT_THAT(s.trained, ElementsAre(true, true, true, true, false));
  EXPECT_EQ(fault(s), "none");
}

TEST(Sample, special_tokens_are_those_of_the_text) {
  EXPECT_THAT(sample("<s>a</s>", {{3, 8, true}}).ids, ElementsAre(12, 0, 13));
}

TEST(Sample, spans_that_share_a_token_train_it_once) {
  const Sample s = sample("eabc</s>", {{1, 2, true}, {2, 8, true}});

  EXPECT_THAT(s.trained, ElementsAre(false, true, true));
  EXPECT_EQ(fault(s), "none");
}

TEST(Sample, a_turn_that_begins_inside_of_a_trained_token_is_a_turn) {
  EXPECT_EQ(fault(sample("eabc<s>", {{1, 2, false}, {2, 4, true}})), "end_masked");
}

TEST(Sample, nothing_trained_is_a_fault) {
  EXPECT_EQ(fault(sample("abc", {})), "nothing_trained");
  EXPECT_EQ(fault(sample("", {})), "nothing_trained");
}

TEST(Sample, an_end_token_behind_the_span_is_a_fault_that_names_it) {
  const Sample s = sample("<s>ab</s>c", {{3, 5, true}});

  EXPECT_EQ(fault(s), "end_masked");
  EXPECT_THAT(s.fault->message, testing::AllOf(HasSubstr(R"("ab")"), HasSubstr(R"("</s>")")));
}

TEST(Sample, only_the_last_of_several_spans_of_a_turn_holds_its_end) {
  EXPECT_EQ(fault(sample("ab cd</s>", {{0, 2, true}, {3, 9, true}})), "none");
}

TEST(Sample, spaces_may_follow_the_end_token) {
  EXPECT_EQ(fault(sample("ab</s> <s>", {{0, 7, true}})), "none");
  EXPECT_EQ(fault(sample("ab</s>c<s>", {{0, 7, true}})), "end_masked");
}

TEST(Sample, a_turn_without_any_end_token_is_a_fault) {
  const Sample s = sample("<s>ab", {{3, 5, true}});

  EXPECT_EQ(fault(s), "no_end");
  EXPECT_THAT(s.fault->message, testing::AllOf(HasSubstr("the template writes none"),
                                               HasSubstr("the tokenizer reads it in pieces")));
}

TEST(Sample, the_end_of_what_is_no_turn_is_not_looked_for) {
  EXPECT_EQ(fault(sample("ab</s>", {{0, 2, false}})), "none");
}

TEST(Sample, an_end_token_that_also_pads_is_trained) {
  const auto padded =
      TinyFile{.config = R"({"bos_token":"<s>","eos_token":"</s>","pad_token":"</s>"})"}.load();

  EXPECT_THAT(encode({"<s>ab</s>", {{3, 9, true}}}, padded).trained, ElementsAre(false, true, true));
}

TEST(Sample, qwen3_forgets_reasoning_and_learns_each_answer_once) {
  FS_NEEDS_SHARED_ASSETS();
  const auto model = fullshard::test::shared_assets() / "tokenizers/qwen3";
  const ChatTemplate own = ChatTemplate::of_model(model);
  const auto tokenizer = tokenize::Tokenizer::load(model);
  jinja::Heap heap;
  const Conversation conversation = conversation_of(
      jinja::parse_json(
          R"({"messages":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4","reasoning":"sum"},
                          {"role":"user","content":"3+3?"},{"role":"assistant","content":"6","reasoning":"Sum"}]})",
          heap),
      heap);

  const std::vector<MaskedText> texts = masked_texts(own, conversation, {}, heap).samples;

  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(
      test::marked(texts[0]),
      "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n«<think>\nsum\n</think>\n\n4<|im_end|>\n»");
  EXPECT_EQ(
      test::marked(texts[1]),
      "<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n4<|im_end|>\n"
      "<|im_start|>user\n3+3?<|im_end|>\n<|im_start|>assistant\n«<think>\nSum\n</think>\n\n6<|im_end|>\n»");
  for (const MaskedText& text : texts) EXPECT_EQ(fault(encode(text, tokenizer)), "none");
}

}  // namespace
}  // namespace fullshard::chat
