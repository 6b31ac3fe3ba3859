#pragma once

#include <span>
#include <string>
#include <vector>

#include "chat/dialogue.hpp"
#include "fullshard/chat/masked_texts.hpp"

namespace fullshard::chat {

/// The texts in which the messages `learned` (in order, not empty) are trained, for templates that do not
/// mark what is generated: a message is what its rendering adds to the prompt before it. As few texts as
/// possible. Throws ConversationError (Prompt).
std::vector<MaskedText> prefix_masked_texts(Dialogue& dialogue, const std::string& whole,
                                            std::span<const size_t> learned);

/// Where a message that is not to be trained is in `whole`. Throws ConversationError (Prompt) where the
/// template writes it differently once more follow.
TrainedSpan span_in(Dialogue& dialogue, size_t message, const std::string& whole);

}  // namespace fullshard::chat
