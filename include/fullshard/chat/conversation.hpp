#pragma once

#include <cstdint>
#include <vector>

#include "fullshard/jinja/heap.hpp"
#include "fullshard/jinja/value.hpp"

namespace fullshard::chat {

/// Whether a message is trained: if it has one of the roles to train (MaskOptions::roles), or because its row
/// says so, or, as part of a prompt, only where everything is.
enum class Learn : uint8_t { ByRole, Yes, No, WithEverything };

/// What a chat template makes a text of. Its values live in a heap of the caller.
struct Conversation {
  /// List of dicts: role, content, tool_calls, … as OpenAI has them.
  jinja::Value messages;
  /// One for each message, or empty: all ByRole.
  std::vector<Learn> learn;
  /// Dict of the other variables: tools, documents, enable_thinking and what else the template reads; or
  /// Missing.
  jinja::Value variables;
};

/// A row of OpenAI's form: its `messages`, all other members as variables. A message's `weight`, `train` or
/// `loss_weight`, 0 or 1, false or true, says whether it is trained. Throws ConversationError (Fault::Row).
Conversation conversation_of(const jinja::Value& row, jinja::Heap& heap);

/// What such a message says of itself.
Learn learn_of(const jinja::Value& message);

}  // namespace fullshard::chat
