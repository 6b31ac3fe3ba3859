#pragma once
// Texts as numbers, as Python's int() and float() read them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace fullshard::jinja {

struct ParsedInteger {
  std::optional<int64_t> value;
  bool too_large = false;  ///< an integer, but beyond 64 bits
};
/// White space around, a sign, single underscores between digits; base 0 and 2, 8, 16 allow the prefix.
ParsedInteger parse_integer(std::string_view text, int64_t base);
std::optional<double> parse_real(std::string_view text);

/// The double nearest to a decimal number, which `text` is as a whole: digits, then maybe a point, digits,
/// and an exponent. Infinite or 0 where none is near.
double nearest_real(std::string_view text);

}  // namespace fullshard::jinja
