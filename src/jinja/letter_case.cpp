// Upper, lower and title case of whole strings. utf8proc knows the mappings of one character to one; those to
// several are special_casing.hpp, and the final sigma.

#include <utf8proc.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "jinja/special_casing.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

const SpecialCasing* special(char32_t c) {
  const auto at = std::lower_bound(kSpecialCasing.begin(), kSpecialCasing.end(), c,
                                   [](const SpecialCasing& s, char32_t wanted) { return s.c < wanted; });
  return at != kSpecialCasing.end() && at->c == c ? &*at : nullptr;
}

void append(std::u32string_view text, std::string& out) {
  for (const char32_t c : text) append_utf8(c, out);
}

void append_upper(char32_t c, std::string& out) {
  if (c < 0x80) return out.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 0x20 : c));
  if (const SpecialCasing* s = special(c)) return append(s->upper, out);
  append_utf8(static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))), out);
}

void append_title(char32_t c, std::string& out) {
  if (c < 0x80) return append_upper(c, out);
  if (const SpecialCasing* s = special(c)) return append(s->title, out);
  append_utf8(static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))), out);
}

bool is_cased(char32_t c) {
  return is_upper(c) || is_lower(c) || is_title(c);
}

// Sigma at the end of a word is ς: a cased letter before it and none after, whatever marks and apostrophes
// lie between (Unicode's Final_Sigma). A sigma ends what is passed over, so a text is passed over twice at
// most.
bool is_final_sigma(std::string_view text, size_t at, size_t length) {
  std::optional<char32_t> before, after;
  for (size_t end = at; end > 0 && !before;) {
    const CodePoint c = code_point_before(text, end);
    end -= c.length;
    if (!is_case_ignorable(c.value)) before = c.value;
  }
  for (size_t next = at + length; next < text.size() && !after;) {
    const CodePoint c = code_point_at(text, next);
    next += c.length;
    if (!is_case_ignorable(c.value)) after = c.value;
  }
  return before && is_cased(*before) && !(after && is_cased(*after));
}

void append_lower(std::string_view text, size_t at, CodePoint c, std::string& out) {
  if (c.value < 0x80)
    return out.push_back(static_cast<char>(c.value >= 'A' && c.value <= 'Z' ? c.value + 0x20 : c.value));
  if (c.value == 0x3A3) return append_utf8(is_final_sigma(text, at, c.length) ? 0x3C2 : 0x3C3, out);
  if (c.value == 0x130) return append(U"i\u0307", out);
  append_utf8(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c.value))), out);
}

// `one(at, c)` appends what becomes of each character.
template <typename One>
std::string each(std::string_view text, std::string& out, One one) {
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    one(at, c);
    at += c.length;
  }
  return std::move(out);
}

}  // namespace

std::string to_upper(std::string_view text) {
  std::string out;
  return each(text, out, [&](size_t, CodePoint c) { append_upper(c.value, out); });
}

std::string to_lower(std::string_view text) {
  std::string out;
  return each(text, out, [&](size_t at, CodePoint c) { append_lower(text, at, c, out); });
}

std::string to_capitalized(std::string_view text) {
  std::string out;
  return each(text, out, [&](size_t at, CodePoint c) {
    if (at == 0) return append_title(c.value, out);
    append_lower(text, at, c, out);
  });
}

std::string to_title(std::string_view text) {
  std::string out;
  bool inside_word = false;
  return each(text, out, [&](size_t at, CodePoint c) {
    if (inside_word) {
      append_lower(text, at, c, out);
    } else {
      append_title(c.value, out);
    }
    inside_word = is_cased(c.value);
  });
}

std::string to_swapped_case(std::string_view text) {
  std::string out;
  return each(text, out, [&](size_t at, CodePoint c) {
    if (is_upper(c.value)) return append_lower(text, at, c, out);
    if (is_lower(c.value)) return append_upper(c.value, out);
    append_utf8(c.value, out);
  });
}

std::string to_casefold(std::string_view text) {
  std::string out;
  return each(text, out, [&](size_t, CodePoint c) {
    utf8proc_int32_t folded[8];
    int last_class = 0;
    const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), folded, 8,
                                           UTF8PROC_CASEFOLD, &last_class);
    for (utf8proc_ssize_t i = 0; i < n; ++i) append_utf8(static_cast<char32_t>(folded[i]), out);
  });
}

}  // namespace fullshard::jinja
