#include "fullshard/chat/masked_texts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "chat/dialogue.hpp"
#include "chat/generation_spans.hpp"
#include "chat/prefix_spans.hpp"

namespace fullshard::chat {

namespace {

using Indices = std::vector<size_t>;

Learn flag_of(const Conversation& conversation, size_t message) {
  return conversation.learn.empty() ? Learn::ByRole : conversation.learn[message];
}

bool has_role(const Dialogue& dialogue, size_t message, const std::vector<std::string>& roles) {
  return std::find(roles.begin(), roles.end(), dialogue.role(message)) != roles.end();
}

Indices learned_messages(const Dialogue& dialogue, const Conversation& conversation,
                         const MaskOptions& options) {
  Indices learned;
  size_t first = 0;
  if (options.loss == Loss::LastTurn) {
    first = dialogue.size();
    while (first > 0 && !has_role(dialogue, first - 1, options.roles)) --first;
    if (first-- == 0) return learned;
  }
  for (size_t i = first; i < dialogue.size(); ++i) {
    const Learn flag = flag_of(conversation, i);
    if (flag == Learn::Yes || (flag == Learn::ByRole && has_role(dialogue, i, options.roles)))
      learned.push_back(i);
    if (options.loss == Loss::LastTurn) break;
  }
  return learned;
}

// All of the text but the messages that must not be learned.
MaskedText everything(Dialogue& dialogue, const Conversation& conversation, const std::string& whole) {
  MaskedText text{whole, {}};
  size_t from = 0;
  for (size_t i = 0; i < dialogue.size(); ++i) {
    if (flag_of(conversation, i) != Learn::No) continue;
    const TrainedSpan without = span_in(dialogue, i, whole);
    if (from < without.begin) text.trained.push_back({from, without.begin, false});
    from = std::max(from, without.end);
  }
  if (from < whole.size()) text.trained.push_back({from, whole.size(), false});
  return text;
}

MaskedTexts all_masked_texts(const ChatTemplate& chat_template, const Conversation& conversation,
                             const MaskOptions& options, jinja::Heap& heap) {
  Dialogue dialogue(chat_template, conversation, heap);
  const jinja::Rendered whole = dialogue.whole();
  MaskedTexts texts{whole.text, {}};
  if (options.loss == Loss::Everything) {
    texts.samples.push_back(everything(dialogue, conversation, whole.text));
    return texts;
  }
  const Indices learned = learned_messages(dialogue, conversation, options);
  const bool only_generated =
      std::all_of(learned.begin(), learned.end(), [&](size_t i) { return dialogue.role(i) == kGenerated; });
  if (learned.empty())
    texts.samples.push_back({whole.text, {}});
  else if (dialogue.marks_generation() && only_generated)
    texts.samples.push_back({whole.text, generation_spans(dialogue, whole, learned)});
  else
    texts.samples = prefix_masked_texts(dialogue, whole.text, learned);
  return texts;
}

}  // namespace

std::string whole_text(const ChatTemplate& chat_template, const Conversation& conversation,
                       jinja::Heap& heap) {
  return Dialogue(chat_template, conversation, heap).whole().text;
}

MaskedTexts masked_texts(const ChatTemplate& chat_template, const Conversation& conversation,
                         const MaskOptions& options, jinja::Heap& heap) {
  try {
    return all_masked_texts(chat_template, conversation, options, heap);
  } catch (const jinja::TemplateError& e) {
    throw ConversationError(Fault::Template, e.what());
  }
}

}  // namespace fullshard::chat
