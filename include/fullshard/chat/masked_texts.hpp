#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fullshard/chat/chat_template.hpp"
#include "fullshard/chat/conversation.hpp"
#include "fullshard/chat/fault.hpp"

namespace fullshard::chat {

enum class Loss : uint8_t {
  Messages,    ///< of the roles to train, or whose row says so
  LastTurn,    ///< of the last message of these roles (mask_history)
  Everything,  ///< all text (train_on_prompt), but for messages whose row says no
};

struct MaskOptions {
  Loss loss = Loss::Messages;
  /// Tool calls are their assistant's. A message of another role than assistant is trained whole, with what
  /// the template writes around it.
  std::vector<std::string> roles = {"assistant"};
};

/// Bytes [begin, end) of a text that are trained.
struct TrainedSpan {
  size_t begin, end;
  /// Whether it is what a model says in its turn: an end-of-turn token is expected in it.
  bool is_turn;
  bool operator==(const TrainedSpan&) const = default;
};

struct MaskedText {
  std::string text;
  std::vector<TrainedSpan> trained;  ///< in order, not empty, without overlaps
};

struct MaskedTexts {
  /// The conversation as transformers' apply_chat_template writes it.
  std::string whole;
  /// What is trained of it: usually `whole`, once. Where the template writes a message differently once more
  /// follow, as many texts as needed, each the conversation up to a message, so that every trained message is
  /// trained exactly once, after the very text that it is generated after. Never none; where nothing is
  /// trained, `whole` without a span.
  std::vector<MaskedText> samples;
};

/// MaskedTexts::whole alone. Throws ConversationError.
std::string whole_text(const ChatTemplate& chat_template, const Conversation& conversation,
                       jinja::Heap& heap);
/// Throws ConversationError. docs/chat_templates.md tells how spans come about.
MaskedTexts masked_texts(const ChatTemplate& chat_template, const Conversation& conversation,
                         const MaskOptions& options, jinja::Heap& heap);

}  // namespace fullshard::chat
