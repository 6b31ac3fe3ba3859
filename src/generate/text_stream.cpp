#include "fullshard/generate/text_stream.hpp"

#include <string_view>

namespace fullshard::generate {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD: bytes that are no character, or not yet

// Bytes of `text` before the replacement characters at its end.
size_t certain(std::string_view text) {
  while (text.ends_with(kReplacement)) text.remove_suffix(kReplacement.size());
  return text.size();
}

}  // namespace

TextStream::TextStream(const tokenize::Tokenizer& tokenizer, std::span<const int32_t> prompt)
    : tokenizer_(tokenizer), ids_(prompt.begin(), prompt.end()), given_(decoded().size()) {}

std::string TextStream::push(int32_t id) {
  ids_.push_back(id);
  const std::string text = decoded();
  return advance_to(text, certain(text));
}

std::string TextStream::finish() {
  const std::string text = decoded();
  return advance_to(text, text.size());
}

std::string TextStream::advance_to(const std::string& text, size_t end) {
  if (end <= given_) return {};
  const size_t begin = given_;
  given_ = end;
  return text.substr(begin, end - begin);
}

}  // namespace fullshard::generate
