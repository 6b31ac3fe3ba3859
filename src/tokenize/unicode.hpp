#pragma once
// Code points: decoding, classes, normal forms. utf8proc stays in the source.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard::tokenize {

struct CodePoint {
  char32_t value = 0;
  int32_t length = 1;  ///< bytes; of the maximal invalid part where !valid
  bool valid = true;
};

/// The code point at `at` < text.size(), by table 3-7 of the Unicode standard.
CodePoint code_point_at(std::string_view text, size_t at);
/// The code point that begins at `at` of valid UTF-8; nothing is checked.
inline CodePoint valid_code_point_at(std::string_view text, size_t at) {
  const auto low_bits = [&](size_t i) {
    return static_cast<char32_t>(static_cast<uint8_t>(text[at + i]) & 0x3F);
  };
  const auto lead = static_cast<uint8_t>(text[at]);
  if (lead < 0x80) return {lead, 1, true};
  if (lead < 0xE0) return {static_cast<char32_t>(lead & 0x1F) << 6 | low_bits(1), 2, true};
  if (lead < 0xF0)
    return {static_cast<char32_t>(lead & 0x0F) << 12 | low_bits(1) << 6 | low_bits(2), 3, true};
  return {static_cast<char32_t>(lead & 0x07) << 18 | low_bits(1) << 12 | low_bits(2) << 6 | low_bits(3), 4,
          true};
}
void append_utf8(char32_t c, std::string& out);

/// Position of the first byte that is not UTF-8, or npos.
size_t first_invalid_utf8(std::string_view text);
/// U+FFFD.
inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
/// Every maximal invalid part becomes one U+FFFD (Unicode, chapter 3, "U+FFFD Substitution of Maximal
/// Subparts"), as Rust and Python decode.
std::string with_replacements(std::string_view text);

/// Unicode's White_Space property.
bool is_white_space(char32_t c);
/// Categories N*.
bool is_numeric(char32_t c);
/// ASCII punctuation and symbols, and categories P*.
bool is_punctuation(char32_t c);
/// What Rust's \w is: alphabetic, mark, decimal number, connector, joiner.
bool is_word(char32_t c);

enum class CharClass : uint8_t { Other, Letter, Number, Space };

/// Letter (L*), Number (N*), White_Space or Other of each code point, by table.
class CharClasses {
 public:
  CharClasses();
  CharClass operator[](char32_t c) const { return c < kTabled ? table_[c] : CharClass::Other; }
  /// Whether `byte` is an ASCII character of this class.
  bool is_ascii(CharClass kind, char byte) const {
    return static_cast<uint8_t>(byte) < 0x80 && table_[static_cast<uint8_t>(byte)] == kind;
  }

 private:
  // No letters, numbers or spaces are assigned at or above plane 4.
  static constexpr char32_t kTabled = 0x40000;
  std::vector<CharClass> table_;
};

enum class NormalForm : uint8_t { Nfc, Nfd, Nfkc, Nfkd };
std::string normalized(std::string_view text, NormalForm form);
/// True where `text` is its own normal form, as far as a quick look tells.
bool is_surely_normal(std::string_view text, NormalForm form);
/// End of a part of the text that begins at `at`, one character or few, where parts end to end have the
/// normal forms that they have alone; `at` is the text's beginning or such an end.
size_t end_of_normal_part(std::string_view text, size_t at);
/// False where `c` may compose with or move before a character in front of it, in any form.
bool begins_normal_part(char32_t c);
/// Each code point's own lower case, without looking at its neighbours.
std::string lower_case(std::string_view text);

}  // namespace fullshard::tokenize
