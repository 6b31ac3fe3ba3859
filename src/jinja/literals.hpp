#pragma once

#include <string>
#include <string_view>

namespace fullshard::jinja {

/// What stands between the quotes of a string literal, with Python's escapes done. Throws TemplateError of
/// kind Syntax.
std::string unescaped(std::string_view text, int line);

/// Bytes of the number that starts `text` (0: none), and whether it has a fraction or an exponent.
struct NumberShape {
  size_t length;
  bool real;
};
/// `after_dot`: in x.0.1 the numbers are indices, not 0.1.
NumberShape number_at(std::string_view text, bool after_dot);

}  // namespace fullshard::jinja
