#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fullshard/tokenize/text_range.hpp"

namespace fullshard::tokenize {

/// The steps that all matches in one text may take together, beyond a few hundred for each: as many as its
/// words are long, some times over. A step is what PCRE2 counts: a place to come back to. A loop that never
/// gives back what it took, a*+, is one step, so that time may still grow with the square of a word.
class MatchBudget {
 public:
  explicit MatchBudget(size_t text_bytes) : left_(kAlways + kPerByte * text_bytes) {}

  /// False where that many are not left.
  bool spend(uint64_t steps) {
    const bool enough = steps <= left_;
    left_ -= enough ? steps : left_;
    return enough;
  }

 private:
  // Patterns in circulation take one or two steps per byte; the first is for patterns that try much on
  // little.
  static constexpr uint64_t kAlways = 1 << 20, kPerByte = 64;
  uint64_t left_;
};

/// A regular expression of a tokenizer file (Oniguruma's Ruby dialect over Unicode), matched by PCRE2 with
/// JIT. Matching is const and thread-safe.
class Regex {
 public:
  /// Throws std::runtime_error with the reason where the pattern is broken or means something else to PCRE2.
  explicit Regex(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// The leftmost match at or after `from` in valid UTF-8. Throws Error(Refused) beyond the budget, which is
  /// the text's.
  std::optional<TextRange> find(std::string_view text, size_t from, MatchBudget& budget) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

/// The pattern with what differs between the dialects spelled out for PCRE2 (\s, \w, \h, scripts …).
std::string pcre_dialect(std::string_view onig_pattern);

}  // namespace fullshard::tokenize
