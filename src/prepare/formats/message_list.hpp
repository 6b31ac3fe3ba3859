#pragma once

#include <vector>

#include "fullshard/chat/conversation.hpp"
#include "fullshard/prepare/columns.hpp"

namespace fullshard::prepare {

/// Gathers the messages of a conversation.
class MessageList {
 public:
  explicit MessageList(jinja::Heap& heap) : heap_(heap) {}

  void add(std::string_view role, std::string_view content, chat::Learn learn = chat::Learn::ByRole);
  void add(const jinja::Value& message, chat::Learn learn);
  size_t size() const { return messages_.size(); }

  /// With the system's words first, where the row has a column of them, its `chat_template_kwargs` and its
  /// tools as variables.
  chat::Conversation finish(const jinja::Value& row, const Columns& columns);

 private:
  jinja::Heap& heap_;
  std::vector<jinja::Value> messages_;
  std::vector<chat::Learn> learn_;
};

/// Variables for the template that a row has of its own, in `chat_template_kwargs`, as TRL reads them.
std::vector<jinja::DictEntry> template_variables(const jinja::Value& row);

jinja::Value message_of(std::string_view role, std::string_view content, jinja::Heap& heap);

}  // namespace fullshard::prepare
