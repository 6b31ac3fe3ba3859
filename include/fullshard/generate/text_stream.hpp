#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::generate {

/// The text that follows a prompt, piece by piece as its tokens come: the text of all tokens without that of
/// the prompt, so that a space between them is kept. Special tokens are left out; the bytes of a character
/// that is not whole yet are held back.
class TextStream {
 public:
  /// `tokenizer` must outlive the stream.
  TextStream(const tokenize::Tokenizer& tokenizer, std::span<const int32_t> prompt);

  /// The text that is certain with this token and was not before.
  std::string push(int32_t id);
  /// What was held back.
  std::string finish();

 private:
  std::string decoded() const { return tokenizer_.decode(ids_, tokenize::SkipSpecial::Yes); }
  std::string advance_to(const std::string& text, size_t end);

  const tokenize::Tokenizer& tokenizer_;
  std::vector<int32_t> ids_;
  size_t given_;  // bytes of the text of ids_ that are the prompt's, or were returned
};

}  // namespace fullshard::generate
