#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/chat/chat_template.hpp"
#include "fullshard/chat/conversation.hpp"
#include "fullshard/jinja/template.hpp"

namespace fullshard::chat {

/// The role whose messages a model generates.
constexpr std::string_view kGenerated = "assistant";

/// A conversation as transformers hands it to a template, rendered up to any of its messages.
///
/// Source  transformers 5.23: apply_chat_template and utils/chat_template_utils.py (members that are null are
///         dropped, names of reasoning stand for each other)
class Dialogue {
 public:
  /// Throws ConversationError (Row). All three must outlive it.
  Dialogue(const ChatTemplate& chat_template, const Conversation& conversation, jinja::Heap& heap);

  size_t size() const { return messages_.size(); }
  std::string_view role(size_t message) const;
  bool marks_generation() const { return template_->uses_generation(); }

  /// All of it, with a prompt for the next message if the conversation's variables say add_generation_prompt.
  jinja::Rendered whole();
  /// The first `count` messages, without a prompt.
  jinja::Rendered first(size_t count);
  /// Switches that templates in circulation have for the reasoning that their prompt begins.
  enum class Thinking : uint8_t { AsGiven, On, Off };
  /// The first `count` messages and the prompt for the next.
  std::string prompt(size_t count, Thinking thinking);

 private:
  using Entries = std::vector<jinja::DictEntry>;

  void take_variables(const Conversation& conversation, const ChatTemplate& chat_template);
  jinja::Rendered render(size_t count, const Entries& more);
  /// What the message of a rendering's error does not say.
  std::string remark(const jinja::TemplateError& e, size_t count) const;

  const jinja::Template* template_;
  const jinja::RenderOptions* options_;
  jinja::Heap* heap_;
  std::vector<jinja::Value> messages_;
  Entries variables_;
  size_t bytes_left_;
};

}  // namespace fullshard::chat
