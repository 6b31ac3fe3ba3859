#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tokenize/regex.hpp"
#include "tokenize/unicode.hpp"
#include "tokenize/word_scanner.hpp"

namespace fullshard::tokenize {

class JsonNode;

/// What a file calls a pattern: {"String": …} or {"Regex": …}.
class Pattern {
 public:
  static Pattern from(const JsonNode& node);
  static Pattern literal(std::string text) { return Pattern(Literal{std::move(text)}); }
  static Pattern regex(std::string_view text);

  /// A scanner where matches are words, end to end over any text.
  std::optional<WordScanner> words_of(std::string_view text) const {
    const auto* words = std::get_if<Words>(&kind_);
    return words == nullptr ? std::nullopt
                            : std::optional(WordScanner(words->pattern, *words->classes, text));
  }

  /// The leftmost match at or after `from`; a regular expression draws on `budget`, which is the text's.
  std::optional<TextRange> find(std::string_view text, size_t from, MatchBudget& budget) const;

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
