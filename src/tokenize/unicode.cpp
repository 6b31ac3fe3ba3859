#include "tokenize/unicode.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "fullshard/core/check.hpp"
#include "tokenize/unicode_versions.hpp"

namespace fullshard::tokenize {

namespace {

// U+FDFA in the forms of compatibility.
constexpr size_t kLongestDecomposition = 18;

uint8_t byte_at(std::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]);
}

utf8proc_category_t category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool is_one_of(utf8proc_category_t c, utf8proc_category_t first, utf8proc_category_t last) {
  return c >= first && c <= last;  // utf8proc numbers the categories of one major class in a row
}

size_t ascii_prefix(std::string_view text, size_t from) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  while (from + 8 <= text.size()) {
    uint64_t eight;
    std::memcpy(&eight, text.data() + from, 8);
    if ((eight & kHighBits) != 0) break;
    from += 8;
  }
  while (from < text.size() && byte_at(text, from) < 0x80) ++from;
  return from;
}

int options_of(NormalForm form) {
  int options = UTF8PROC_STABLE;
  if (form == NormalForm::Nfc || form == NormalForm::Nfkc) options |= UTF8PROC_COMPOSE;
  if (form == NormalForm::Nfd || form == NormalForm::Nfkd) options |= UTF8PROC_DECOMPOSE;
  if (form == NormalForm::Nfkc || form == NormalForm::Nfkd) options |= UTF8PROC_COMPAT;
  return options;
}

utf8proc_propval_t combining_class(utf8proc_int32_t c) {
  return utf8proc_get_property(c)->combining_class;
}

// The Canonical Ordering Algorithm (Unicode, chapter 3, D109): each run of marks by its classes.
void order_marks(std::vector<utf8proc_int32_t>& points) {
  const auto before = [](utf8proc_int32_t a, utf8proc_int32_t b) {
    return combining_class(a) < combining_class(b);
  };
  for (auto at = points.begin(); at != points.end();) {
    at = std::find_if(at, points.end(), [](utf8proc_int32_t c) { return combining_class(c) != 0; });
    const auto end =
        std::find_if(at, points.end(), [](utf8proc_int32_t c) { return combining_class(c) == 0; });
    if (!std::is_sorted(at, end, before)) std::stable_sort(at, end, before);
    at = end;
  }
}

// What utf8proc_map gives, but for its ordering of marks by swapping neighbours, which takes a minute where a
// text has 100,000 of them in a row.
std::string mapped(std::string_view text, NormalForm form) {
  const auto options = static_cast<utf8proc_option_t>(options_of(form));
  std::vector<utf8proc_int32_t> points;
  points.reserve(text.size());
  std::array<utf8proc_int32_t, kLongestDecomposition> parts{};
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = valid_code_point_at(text, at);
    at += static_cast<size_t>(c.length);
    int boundary = UTF8PROC_BOUNDCLASS_START;
    const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c.value), parts.data(), parts.size(),
                                           options, &boundary);
    FS_CHECK(n >= 0 && n <= std::ssize(parts), "utf8proc: {} for U+{:04X}", n,
             static_cast<uint32_t>(c.value));
    points.insert(points.end(), parts.begin(), parts.begin() + n);
  }
  order_marks(points);
  const auto left =
      utf8proc_normalize_utf32(points.data(), static_cast<utf8proc_ssize_t>(points.size()), options);
  FS_CHECK(left >= 0, "utf8proc: {}", utf8proc_errmsg(left));
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < static_cast<size_t>(left); ++i) append_utf8(static_cast<char32_t>(points[i]), out);
  return out;
}

}  // namespace

CodePoint code_point_at(std::string_view text, size_t at) {
  const uint8_t lead = byte_at(text, at);
  if (lead < 0x80) return {lead, 1, true};
  int needed = 0;
  uint8_t low = 0x80, high = 0xBF;  // bounds of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    needed = 1;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    needed = 2;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    needed = 3;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return {0xFFFD, 1, false};
  }
  char32_t value = lead & (0x3Fu >> needed);
  for (int i = 1; i <= needed; ++i) {
    const size_t next = at + static_cast<size_t>(i);
    if (next >= text.size() || byte_at(text, next) < low || byte_at(text, next) > high)
      return {0xFFFD, i, false};
    value = value << 6 | (byte_at(text, next) & 0x3Fu);
    low = 0x80;
    high = 0xBF;
  }
  return {value, needed + 1, true};
}

void append_utf8(char32_t c, std::string& out) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
  for (size_t i = 0; i < static_cast<size_t>(n); ++i) out += static_cast<char>(bytes[i]);
}

size_t first_invalid_utf8(std::string_view text) {
  for (size_t at = 0; (at = ascii_prefix(text, at)) < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!c.valid) return at;
    at += static_cast<size_t>(c.length);
  }
  return std::string_view::npos;
}

std::string with_replacements(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    out += c.valid ? text.substr(at, static_cast<size_t>(c.length)) : kReplacement;
    at += static_cast<size_t>(c.length);
  }
  return out;
}

bool is_white_space(char32_t c) {
  return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool is_numeric(char32_t c) {
  return is_one_of(category(c), UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO);
}

bool is_punctuation(char32_t c) {
  if (c < 0x80)
    return (c > 0x20 && c < 0x30) || (c > 0x39 && c < 0x41) || (c > 0x5A && c < 0x61) ||
           (c > 0x7A && c < 0x7F);
  return is_one_of(category(c), UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO);
}

bool is_word(char32_t c) {
  const auto k = category(c);
  return is_one_of(k, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_ME) || k == UTF8PROC_CATEGORY_ND ||
         k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D ||
         (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) ||
         (c >= 0x1F170 && c <= 0x1F189);  // circled and squared letters are alphabetic symbols
}

CharClasses::CharClasses() : table_(kTabled, CharClass::Other) {
  for (char32_t c = 0; c < kTabled; ++c) {
    const auto k = category(c);
    if (is_one_of(k, UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO)) table_[c] = CharClass::Letter;
    if (is_one_of(k, UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO)) table_[c] = CharClass::Number;
    if (is_white_space(c)) table_[c] = CharClass::Space;
  }
  const auto mark = [&](std::span<const CodePointRange> ranges, CharClass kind) {
    for (const CodePointRange r : ranges) std::fill(&table_[r.first], &table_[r.last] + 1, kind);
  };
  mark(newer_letters(), CharClass::Letter);
  mark(newer_numbers(), CharClass::Number);
}

namespace {

// Surely its own NFC, and no neighbour of any kind composes with it or moves past it. What decomposes
// composes again in these blocks; elsewhere there are exceptions.
bool stays_in_nfc(char32_t c) {
  if (!begins_normal_part(c)) return false;
  if (c < 0x370 || (c >= 0x400 && c <= 0x52F) || (c >= 0x1E00 && c <= 0x1EFF) ||
      (c >= 0x3040 && c <= 0x30FF) || (c >= 0xAC00 && c <= 0xD7A3))
    return true;
  return utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->decomp_seqindex == UINT16_MAX;
}

}  // namespace

bool is_surely_normal(std::string_view text, NormalForm form) {
  for (size_t at = 0; (at = ascii_prefix(text, at)) < text.size();) {
    const CodePoint c = valid_code_point_at(text, at);
    if (form != NormalForm::Nfc || !stays_in_nfc(c.value)) return false;
    at += static_cast<size_t>(c.length);
  }
  return true;
}

std::string normalized(std::string_view text, NormalForm form) {
  if (is_surely_normal(text, form)) return std::string(text);
  // A character that the reference does not know neither moves nor composes: what lies between two of them is
  // normalised for itself.
  std::string out;
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = valid_code_point_at(text, at);
    const size_t next = at + static_cast<size_t>(c.length);
    if (is_inert_in_reference(c.value)) {
      out += mapped(text.substr(done, at - done), form);
      out += text.substr(at, next - at);
      done = next;
    }
    at = next;
  }
  return out + mapped(text.substr(done), form);
}

// What composes with or moves before the character in front of it is a mark, a vowel or final consonant of
// Hangul, or a compatibility form of one.
bool begins_normal_part(char32_t c) {
  if (c < 0x300) return true;
  const bool hangul = (c >= 0x1160 && c <= 0x11FF) || (c >= 0x3131 && c <= 0x318E);
  const bool half_width = c >= 0xFF9E && c <= 0xFFDC;
  return !is_one_of(category(c), UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME) && !hangul && !half_width;
}

size_t end_of_normal_part(std::string_view text, size_t at) {
  do at += static_cast<size_t>(valid_code_point_at(text, at).length);
  while (at < text.size() && !begins_normal_part(valid_code_point_at(text, at).value));
  return at;
}

std::string lower_case(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = valid_code_point_at(text, at);
    at += static_cast<size_t>(c.length);
    append_utf8(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c.value))), out);
    // The one code point whose lower case is two: i and a combining dot (SpecialCasing.txt).
    if (c.value == 0x130) out.replace(out.size() - 1, 1, "i\xCC\x87");
  }
  return out;
}

}  // namespace fullshard::tokenize
