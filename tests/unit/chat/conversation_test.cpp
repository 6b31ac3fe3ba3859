#include "fullshard/chat/conversation.hpp"

#include <gmock/gmock.h>

#include "unit/chat/marked.hpp"

namespace fullshard::chat {
namespace {

using testing::ElementsAre;

std::vector<Learn> flags(std::string_view messages) {
  jinja::Heap heap;
  return conversation_of(jinja::parse_json("{\"messages\":" + std::string(messages) + "}", heap), heap).learn;
}

TEST(Conversation, messages_say_whether_they_are_learned) {
  EXPECT_THAT(
      flags(R"([{"weight":0},{"train":true},{"loss_weight":0.0},{"loss_weight":1.0},{"weight":null},{}])"),
      ElementsAre(Learn::No, Learn::Yes, Learn::No, Learn::Yes, Learn::ByRole, Learn::ByRole));
}

TEST(Conversation, parts_of_a_loss_and_contradictions_are_refused) {
  EXPECT_THROW(flags(R"([{"weight":0.5}])"), ConversationError);
  EXPECT_THROW(flags(R"([{"train":"yes"}])"), ConversationError);
  EXPECT_THROW(flags(R"([{"train":true,"weight":0}])"), ConversationError);
}

TEST(Conversation, other_members_are_variables) {
  jinja::Heap heap;
  const Conversation c = conversation_of(
      jinja::parse_json(R"({"tools":[],"messages":[{}],"enable_thinking":false})", heap), heap);

  EXPECT_EQ(c.messages.items().size(), 1U);
  ASSERT_EQ(c.variables.dict().entries.size(), 2U);
  EXPECT_EQ(c.variables.dict().entries[1].key.string(), "enable_thinking");
}

}  // namespace
}  // namespace fullshard::chat
