#include "fullshard/chat/conversation.hpp"

#include <fmt/format.h>

#include "chat/members.hpp"
#include "fullshard/chat/fault.hpp"

namespace fullshard::chat {

using jinja::Kind;
using jinja::Value;

Learn learn_of(const Value& message) {
  Learn learn = Learn::ByRole;
  if (!message.is(Kind::Dict)) return learn;
  for (const std::string_view key : {"weight", "train", "loss_weight"}) {
    const Value* found = present(message, key);
    if (found == nullptr) continue;
    const double number = found->is_integral()     ? static_cast<double>(found->integer())
                          : found->is(Kind::Float) ? found->real()
                                                   : -1;
    if (number != 0 && number != 1)
      throw ConversationError(
          Fault::Row,
          fmt::format("{}: expected 0 or 1, false or true; parts of a loss are not counted", key));
    const Learn says = number == 1 ? Learn::Yes : Learn::No;
    if (learn != Learn::ByRole && learn != says)
      throw ConversationError(Fault::Row, fmt::format("{} contradicts another key of its message", key));
    learn = says;
  }
  return learn;
}

Conversation conversation_of(const Value& row, jinja::Heap& heap) {
  if (!row.is(Kind::Dict))
    throw ConversationError(Fault::Row,
                            fmt::format("expected an object with messages, found {}", jinja::json_kind(row)));
  const Value* messages = present(row, "messages");
  if (messages == nullptr || !messages->is(Kind::List))
    throw ConversationError(Fault::Row,
                            fmt::format("messages: expected a list, found {}",
                                        jinja::json_kind(messages == nullptr ? Value() : *messages)));
  std::vector<jinja::DictEntry> variables;
  for (const jinja::DictEntry& entry : row.dict().entries)
    if (entry.key.string() != "messages") variables.push_back(entry);
  Conversation conversation{*messages, {}, heap.dict(variables)};
  for (const Value& message : messages->items()) conversation.learn.push_back(learn_of(message));
  return conversation;
}

}  // namespace fullshard::chat
