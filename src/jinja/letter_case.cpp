// Upper, lower and title case of whole strings. utf8proc knows the mappings of one character to one; those to
// several are Unicode's SpecialCasing.txt (15.0, the unconditional ones, and the final sigma).

#include <utf8proc.h>

#include <array>
#include <string_view>

#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

struct Special {
  char32_t c;
  std::u32string_view upper, title;
};

constexpr std::array kSpecial{
    Special{0xDF, U"SS", U"Ss"},
    Special{0x149, U"\u02BCN", U"\u02BCN"},
    Special{0x1F0, U"J\u030C", U"J\u030C"},
    Special{0x390, U"\u0399\u0308\u0301", U"\u0399\u0308\u0301"},
    Special{0x3B0, U"\u03A5\u0308\u0301", U"\u03A5\u0308\u0301"},
    Special{0x587, U"\u0535\u0552", U"\u0535\u0582"},
    Special{0x1E96, U"H\u0331", U"H\u0331"},
    Special{0x1E97, U"T\u0308", U"T\u0308"},
    Special{0x1E98, U"W\u030A", U"W\u030A"},
    Special{0x1E99, U"Y\u030A", U"Y\u030A"},
    Special{0x1E9A, U"A\u02BE", U"A\u02BE"},
    Special{0xFB00, U"FF", U"Ff"},
    Special{0xFB01, U"FI", U"Fi"},
    Special{0xFB02, U"FL", U"Fl"},
    Special{0xFB03, U"FFI", U"Ffi"},
    Special{0xFB04, U"FFL", U"Ffl"},
    Special{0xFB05, U"ST", U"St"},
    Special{0xFB06, U"ST", U"St"},
    Special{0xFB13, U"\u0544\u0546", U"\u0544\u0576"},
    Special{0xFB14, U"\u0544\u0535", U"\u0544\u0565"},
    Special{0xFB15, U"\u0544\u053B", U"\u0544\u056B"},
    Special{0xFB16, U"\u054E\u0546", U"\u054E\u0576"},
    Special{0xFB17, U"\u0544\u053D", U"\u0544\u056D"},
};

const Special* special(char32_t c) {
  for (const Special& s : kSpecial)
    if (s.c == c) return &s;
  return nullptr;
}

void append(std::u32string_view text, std::string& out) {
  for (const char32_t c : text) append_utf8(c, out);
}

void append_upper(char32_t c, std::string& out) {
  if (const Special* s = c < 0xDF ? nullptr : special(c)) return append(s->upper, out);
  append_utf8(static_cast<char32_t>(utf8proc_toupper(static_cast<utf8proc_int32_t>(c))), out);
}

void append_title(char32_t c, std::string& out) {
  if (const Special* s = c < 0xDF ? nullptr : special(c)) return append(s->title, out);
  append_utf8(static_cast<char32_t>(utf8proc_totitle(static_cast<utf8proc_int32_t>(c))), out);
}

bool is_cased(char32_t c) {
  return is_upper(c) || is_lower(c) || is_title(c);
}

// Sigma at the end of a word is ς: a cased letter before it and none after.
bool is_final_sigma(std::string_view text, size_t at, size_t length) {
  if (at == 0 || !is_cased(code_point_before(text, at).value)) return false;
  return at + length >= text.size() || !is_cased(code_point_at(text, at + length).value);
}

void append_lower(std::string_view text, size_t at, CodePoint c, std::string& out) {
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
