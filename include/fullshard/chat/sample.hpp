#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/chat/masked_texts.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::chat {

struct SampleFault {
  Fault fault;
  std::string message;
};

struct Sample {
  std::vector<int32_t> ids;
  std::vector<bool> trained;  ///< as many as ids
  /// NothingTrained, EndMasked or NoEnd.
  std::optional<SampleFault> fault;
};

/// The text encoded once, as apply_chat_template does: special tokens are those that the template writes. A
/// token is trained if one of its bytes is.
Sample encode(const MaskedText& text, const tokenize::Tokenizer& tokenizer);

}  // namespace fullshard::chat
