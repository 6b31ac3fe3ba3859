#pragma once

#include <string>
#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// The largest precision.
inline constexpr int64_t kMostDigits = 1000;

/// What may stand after the colon in "{:…}", and between % and its letter.
struct FormatSpec {
  std::string fill = " ";
  char align = '\0';  ///< < > ^ =, or what the type is used to
  char sign = '-';
  bool alternate = false;
  char grouping = '\0';
  int64_t width = 0;
  int64_t precision = -1;
  char type = '\0';
};

/// Throws TemplateError of kind Value.
FormatSpec parse_spec(std::string_view text);

/// Digits of an integer or a real with sign, prefix, grouping and padding. `type` is one of the letters of
/// Python's formats for it.
std::string formatted_integer(Heap& heap, int64_t i, const FormatSpec& spec);
std::string formatted_real(Heap& heap, double d, const FormatSpec& spec);
std::string formatted_text(Heap& heap, std::string_view text, const FormatSpec& spec);

}  // namespace fullshard::jinja
