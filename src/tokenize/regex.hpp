#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fullshard/tokenize/text_range.hpp"

namespace fullshard::tokenize {

/// A regular expression of a tokenizer file (Oniguruma's Ruby dialect over Unicode), matched by PCRE2 with
/// JIT and a bounded effort. Matching is const and thread-safe.
class Regex {
 public:
  /// Throws std::runtime_error with the reason where the pattern is broken or means something else to PCRE2.
  explicit Regex(std::string_view pattern);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  /// The leftmost match at or after `from` in valid UTF-8. Throws Error(Refused) beyond the match limit.
  std::optional<TextRange> find(std::string_view text, size_t from) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

/// The pattern with what differs between the dialects spelled out for PCRE2 (\s, \w, \h, scripts …).
std::string pcre_dialect(std::string_view onig_pattern);

}  // namespace fullshard::tokenize
