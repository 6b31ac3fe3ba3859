#pragma once

#include <span>
#include <vector>

#include "chat/dialogue.hpp"
#include "fullshard/chat/masked_texts.hpp"

namespace fullshard::chat {

/// What {% generation %} wrote of the assistant's messages `learned`. Which of them wrote which span is told
/// by how many there are up to each; only asked for where not all of them are learned. Throws
/// ConversationError (Generation).
std::vector<TrainedSpan> generation_spans(Dialogue& dialogue, const jinja::Rendered& whole,
                                          std::span<const size_t> learned);

}  // namespace fullshard::chat
