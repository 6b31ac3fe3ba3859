#include "fullshard/chat/chat_lines.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "unit/chat/marked.hpp"
#include "unit/tokenize/tiny_tokenizer.hpp"

namespace fullshard::chat {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// Letters only, so that the tiny vocabulary has all of them; the end is written behind the last message
// alone.
constexpr const char* kLetters =
    "{% for m in messages %}{{ m.content }}{% endfor %}{% if not add_generation_prompt %}</s>{% endif %}";

std::string lines(std::string_view input, const char* text = kLetters) {
  std::istringstream in{std::string(input)};
  std::ostringstream out;
  encode_chat_lines(tokenize::test::TinyFile{}.load(), test::of_text(text), in, out);
  return out.str();
}

TEST(ChatLines, a_conversation_becomes_text_ids_and_labels) {
  EXPECT_EQ(lines(R"({"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"d"}]})"),
            "{\"text\":\"abd</s>\",\"input_ids\":[9,3,13],\"labels\":[-100,3,13]}\n");
}

TEST(ChatLines, several_samples_are_all_shown) {
  EXPECT_EQ(lines(R"({"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"}]})"),
            "{\"text\":\"ab</s>\",\"input_ids\":[9,13],\"labels\":[-100,-100],"
            "\"samples\":[{\"text\":\"a</s>\",\"input_ids\":[0,13],\"labels\":[0,13]}]}\n");
}

TEST(ChatLines, a_fault_of_a_sample_is_said) {
  EXPECT_EQ(lines(R"({"messages":[{"role":"user","content":"ab"}]})"),
            "{\"text\":\"ab</s>\",\"input_ids\":[9,13],\"labels\":[-100,-100],\"fault\":\"nothing_trained\","
            "\"reason\":\"no token of it is trained: no message has a role to train and says something\"}\n");
}

TEST(ChatLines, a_conversation_whose_masks_cannot_be_told_has_its_text_all_the_same) {
  // Fails without a message, and the mask of the first needs the prompt for it.
  const char* const reads_the_first = "{{ messages[0].content }}{{ messages[1].content }}";
  const std::string out = lines(
      R"({"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"}]})", reads_the_first);
  EXPECT_THAT(
      out,
      StartsWith(
          R"({"text":"ab","input_ids":[9],"labels":[-100],"fault":"template","reason":"template, line 1)"));
}

TEST(ChatLines, an_error_is_its_lines_alone) {
  const std::string out = lines("{\"messages\":[]}\n\n{]\n{\"messages\":[{\"content\":\"a\"}]}\n");

  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 3);
  EXPECT_THAT(out, StartsWith(R"({"error":"messages: expected at least one)"));
  EXPECT_THAT(out, HasSubstr(R"({"error":"JSON, byte 1: )"));
  EXPECT_THAT(out, HasSubstr(R"({"text":"a</s>")"));
}

TEST(ChatLines, what_the_template_raises_is_the_error) {
  EXPECT_EQ(lines(R"({"messages":[{"role":"user"}]})", "{{ raise_exception('roles!') }}"),
            "{\"error\":\"template, line 1: roles!\"}\n");
}

}  // namespace
}  // namespace fullshard::chat
