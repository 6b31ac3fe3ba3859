#pragma once

#include <string>

#include "prepare/formats/message_list.hpp"
#include "prepare/formats/turns.hpp"

namespace fullshard::prepare {

/// Gathers messages in OpenAI's form, of one column or of several, as one conversation.
class OpenAiMessages {
 public:
  OpenAiMessages(const Tags& tags, jinja::Heap& heap);

  /// `learn_otherwise` is of messages that do not say themselves whether they are trained.
  void add(const jinja::Value& list, const std::string& column,
           chat::Learn learn_otherwise = chat::Learn::ByRole);
  size_t size() const { return messages_.size(); }
  /// Throws ExampleError where nobody answers last; see MessageList.
  chat::Conversation finish(const jinja::Value& row, const Columns& columns);

 private:
  const Tags& tags_;
  jinja::Heap& heap_;
  TurnOrder order_;
  MessageList messages_;
};

}  // namespace fullshard::prepare
