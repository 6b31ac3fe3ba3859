#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tokenize/regex.hpp"
#include "tokenize/unicode.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// The three word patterns that nearly all byte-level vocabularies were made with, scanned by hand.
enum class WordPattern : uint8_t { Gpt2, Llama3, Qwen2 };

/// The text of `pattern` as it stands in tokenizer files.
std::string_view regex_of(WordPattern pattern);

/// End of the word that begins at `at` < text.size(). The patterns match every text without a gap, so words
/// lie end to end. `text` is valid UTF-8.
size_t word_end(WordPattern pattern, const CharClasses& classes, std::string_view text, size_t at);

/// What a file calls a pattern: {"String": …} or {"Regex": …}.
class Pattern {
 public:
  static Pattern from(const JsonNode& node);
  static Pattern literal(std::string text) { return Pattern(Literal{std::move(text)}); }
  static Pattern regex(std::string_view text);

  /// Matches lie end to end over any text.
  bool is_words() const { return std::holds_alternative<Words>(kind_); }

  /// The leftmost match at or after `from`.
  std::optional<TextRange> find(std::string_view text, size_t from) const;

 private:
  struct Literal {
    std::string text;
  };
  struct Words {
    WordPattern pattern;
    std::shared_ptr<const CharClasses> classes;  // immutable; several steps of a tokenizer use one table
  };
  using Kind = std::variant<Literal, Words, Regex>;
  explicit Pattern(Kind kind) : kind_(std::move(kind)) {}

  Kind kind_;
};

}  // namespace fullshard::tokenize
