#pragma once

#include <cstdint>
#include <string_view>

#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

/// The three word patterns that nearly all byte-level vocabularies were made with, scanned by hand.
enum class WordPattern : uint8_t { Gpt2, Llama3, Qwen2 };

/// The text of `pattern` as it stands in tokenizer files.
std::string_view regex_of(WordPattern pattern);

/// Finds the words of a text of valid UTF-8. The patterns match every text without a gap, so words lie end to
/// end.
class WordScanner {
 public:
  WordScanner(WordPattern pattern, const CharClasses& classes, std::string_view text)
      : pattern_(pattern), classes_(classes), text_(text) {}

  /// End of the word that begins at `at` < text.size().
  size_t end_of_word(size_t at) const {
    const size_t end = end_of_plain_word(at);
    return end > at ? end : end_by_pattern(at);
  }

 private:
  // A code point of the text with its class; at the end of the text it is of no class.
  struct Seen {
    char32_t value = 0;
    size_t next = 0;
    CharClass kind = CharClass::Other;
    bool end = false;

    bool is(CharClass k) const { return !end && kind == k; }
    bool is_newline() const { return !end && (value == '\r' || value == '\n'); }
  };

  Seen see(size_t at) const {
    if (at >= text_.size()) return {.next = at, .end = true};
    const CodePoint c = valid_code_point_at(text_, at);
    return {c.value, at + static_cast<size_t>(c.length), classes_[c.value], false};
  }
  // End of the characters of one class from `at` on.
  size_t run(CharClass kind, size_t at) const {
    while (true) {
      while (at < text_.size() && classes_.is_ascii(kind, text_[at])) ++at;
      if (at >= text_.size() || static_cast<uint8_t>(text_[at]) < 0x80) return at;
      const Seen c = see(at);
      if (!c.is(kind)) return at;
      at = c.next;
    }
  }
  // Most words are letters with one space in front or none, in every pattern. `at` where this one is not.
  size_t end_of_plain_word(size_t at) const {
    const size_t first = at + (text_[at] == ' ' && at + 1 < text_.size() ? 1 : 0);
    return classes_.is_ascii(CharClass::Letter, text_[first]) ? run(CharClass::Letter, first + 1) : at;
  }
  size_t end_by_pattern(size_t at) const;
  size_t gpt2_end(size_t at) const;
  size_t llama_end(size_t at, int digits) const;
  size_t newlines(size_t at) const;
  size_t spaces(size_t at) const;

  WordPattern pattern_;
  const CharClasses& classes_;
  std::string_view text_;
};

}  // namespace fullshard::tokenize
