// Methods of str that ask what its characters are.

#include "jinja/interpreter.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

bool is_alphanumeric(char32_t c) {
  return is_alpha(c) || is_numeric(c);
}

// All of at least one character.
template <bool (*holds)(char32_t)>
Value all(Interpreter& in, Bound a) {
  const std::string_view text = a[0].string();
  in.heap().spend_on_characters(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    if (!holds(c.value)) return Value::boolean(false);
    at += c.length;
  }
  return Value::boolean(!text.empty());
}

Value isprintable(Interpreter& in, Bound a) {
  return a[0].string().empty() ? Value::boolean(true) : all<is_printable>(in, a);
}

Value isascii(Interpreter& in, Bound a) {
  in.heap().spend_on_text(a[0].string().size());
  for (const char c : a[0].string())
    if ((c & 0x80) != 0) return Value::boolean(false);
  return Value::boolean(true);
}

Value isidentifier(Interpreter& in, Bound a) {
  in.heap().spend_on_characters(a[0].string().size());
  return Value::boolean(is_identifier(a[0].string()));
}

// At least one character with a case, and none of the other.
template <bool (*wanted)(char32_t), bool (*other)(char32_t)>
Value of_case(Interpreter& in, Bound a) {
  in.heap().spend_on_characters(a[0].string().size());
  return Value::boolean(has_case(a[0].string(), wanted, other));
}

Value istitle(Interpreter& in, Bound a) {
  const std::string_view text = a[0].string();
  in.heap().spend_on_characters(text.size());
  bool inside = false, any = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    const bool starts = is_upper(c.value) || is_title(c.value), goes_on = is_lower(c.value);
    if ((starts && inside) || (goes_on && !inside)) return Value::boolean(false);
    inside = starts || goes_on;
    any |= inside;
    at += c.length;
  }
  return Value::boolean(any);
}

constexpr Native kMethods[] = {
    {"isalpha", "self", 1, all<is_alpha>},
    {"isalnum", "self", 1, all<is_alphanumeric>},
    {"isdigit", "self", 1, all<is_digit>},
    {"isdecimal", "self", 1, all<is_decimal>},
    {"isnumeric", "self", 1, all<is_numeric>},
    {"isspace", "self", 1, all<is_space>},
    {"isprintable", "self", 1, isprintable},
    {"isascii", "self", 1, isascii},
    {"isidentifier", "self", 1, isidentifier},
    {"isupper", "self", 1, of_case<is_upper, is_lower>},
    {"islower", "self", 1, of_case<is_lower, is_upper>},
    {"istitle", "self", 1, istitle},
};

}  // namespace

std::span<const Native> string_questions() {
  return kMethods;
}

}  // namespace fullshard::jinja
