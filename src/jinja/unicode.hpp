#pragma once
// Strings of Python on UTF-8. All texts here are valid UTF-8 already.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fullshard::jinja {

struct CodePoint {
  char32_t value;
  size_t length;  ///< bytes
};

/// The code point that starts at byte `at`, which is inside `text`.
CodePoint code_point_at(std::string_view text, size_t at);
/// The one that ends before byte `end` > 0.
CodePoint code_point_before(std::string_view text, size_t end);
void append_utf8(char32_t c, std::string& out);

void append_hex(uint32_t value, int digits, std::string& out);

size_t count_code_points(std::string_view text);
/// Byte at which code point `index` starts; text.size() from the last one's end on.
size_t byte_of(std::string_view text, size_t index);
/// `text` with U+FFFD in place of what is not UTF-8.
std::string with_replacements(std::string_view text);

// As Python's str methods of these names see one character.
bool is_space(char32_t c);
bool is_alpha(char32_t c);
bool is_decimal(char32_t c);
bool is_digit(char32_t c);
bool is_numeric(char32_t c);
bool is_printable(char32_t c);
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_title(char32_t c);
/// Unicode's Case_Ignorable: marks, modifiers and what stands inside words, such as the apostrophe.
bool is_case_ignorable(char32_t c);
/// What a digit of any script is worth.
int decimal_value(char32_t c);
/// Letters, digits, the underscore and what identifiers may go on with (\w of Python's re).
bool is_word(char32_t c);
bool is_identifier(std::string_view text);

/// Whether `text` has a character that is `wanted` and none that is `other`, or in title case: str.isupper,
/// str.islower.
bool has_case(std::string_view text, bool (*wanted)(char32_t), bool (*other)(char32_t));

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
/// First character in title case, the rest in lower case.
std::string to_capitalized(std::string_view text);
/// str.title(): a word starts after anything that has no case.
std::string to_title(std::string_view text);
std::string to_swapped_case(std::string_view text);
std::string to_casefold(std::string_view text);

}  // namespace fullshard::jinja
