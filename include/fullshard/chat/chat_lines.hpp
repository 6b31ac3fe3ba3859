#pragma once

#include <iosfwd>

#include "fullshard/chat/chat_template.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::chat {

/// `fullshard tokenize --chat`: a JSON object per line (`messages`, and what else the template reads) becomes
/// {"text", "input_ids", "labels"}, or {"error"}. Lines without anything in them are skipped.
void encode_chat_lines(const tokenize::Tokenizer& tokenizer, const ChatTemplate& chat_template,
                       std::istream& in, std::ostream& out);

}  // namespace fullshard::chat
