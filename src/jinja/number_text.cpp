#include "jinja/number_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

// With spaces and digits of all scripts as those of ASCII; other characters are no part of a number.
std::string in_ascii(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = code_point_at(text, at);
    at += c.length;
    if (c.value < 0x80)
      out += static_cast<char>(c.value);
    else
      out += is_space(c.value)     ? ' '
             : is_decimal(c.value) ? static_cast<char>('0' + decimal_value(c.value))
                                   : '?';
  }
  return out;
}

std::string_view without_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n\v\f\r";
  const size_t first = std::min(text.find_first_not_of(kSpace), text.size());
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

char take_sign(std::string_view& text) {
  if (!text.starts_with('+') && !text.starts_with('-')) return '\0';
  const char sign = text[0];
  text.remove_prefix(1);
  return sign;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

// An underscore stands between two digits only. Empty where it does not.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += lower(text[i]);
      continue;
    }
    const auto digit = [&](size_t at) {
      return at < text.size() && lower(text[at]) != '_' &&
             std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (i == 0 || !digit(i - 1) || !digit(i + 1)) return std::nullopt;
  }
  return out;
}

// Of a number that is not 0: infinite or 0, as its first digit that counts is far left or far right.
double beyond_range(std::string_view number) {
  const size_t mark = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, mark);
  const auto point = static_cast<int64_t>(std::min(digits.find('.'), digits.size()));
  const int64_t places = point - static_cast<int64_t>(digits.find_first_of("123456789"));
  std::string_view exponent = number.substr(std::min(mark + 1, number.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);  // from_chars knows no plus
  int64_t power = 0;
  const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  const bool huge = read.ec == std::errc::result_out_of_range;
  const bool tiny = huge ? exponent.starts_with('-') : power < -places;
  return std::copysign(tiny ? 0.0 : std::numeric_limits<double>::infinity(),
                       number.starts_with('-') ? -1.0 : 1.0);
}

}  // namespace

double nearest_real(std::string_view text) {
  double d = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), d);
  return read.ec == std::errc{} ? d : beyond_range(text);
}

ParsedInteger parse_integer(std::string_view any_text, int64_t base) {
  const std::string ascii = in_ascii(any_text);
  std::string_view text = without_space(ascii);
  const char sign = take_sign(text);
  const auto prefix_is = [&](char c) { return text.size() > 2 && text[0] == '0' && lower(text[1]) == c; };
  const auto skip_prefix = [&](char c, int64_t its_base) {
    if (!prefix_is(c) || (base != 0 && base != its_base)) return;
    base = its_base;
    text.remove_prefix(2);
    if (text.starts_with('_')) text.remove_prefix(1);
  };
  skip_prefix('x', 16);
  skip_prefix('o', 8);
  skip_prefix('b', 2);
  if (base == 0) base = 10;
  if (base < 2 || base > 36) return {};
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || digits->front() == '-') return {};
  const std::string signed_digits = (sign == '-' ? "-" : "") + *digits;
  int64_t value = 0;
  const auto read = std::from_chars(signed_digits.data(), signed_digits.data() + signed_digits.size(), value,
                                    static_cast<int>(base));
  if (read.ptr != signed_digits.data() + signed_digits.size()) return {};
  if (read.ec == std::errc::result_out_of_range) return {std::nullopt, true};
  return read.ec == std::errc{} ? ParsedInteger{value} : ParsedInteger{};
}

std::optional<double> parse_real(std::string_view any_text) {
  const std::string ascii = in_ascii(any_text);
  std::string_view text = without_space(ascii);
  const char sign = take_sign(text);
  const auto digits = without_underscores(text);
  if (!digits || digits->empty() || digits->front() == '-' || digits->front() == '+') return std::nullopt;
  double value = 0;
  if (*digits == "inf" || *digits == "infinity") {
    value = std::numeric_limits<double>::infinity();
  } else if (*digits == "nan") {
    value = std::numeric_limits<double>::quiet_NaN();
  } else {
    if (std::any_of(digits->begin(), digits->end(), [](char c) { return c >= 'a' && c <= 'z' && c != 'e'; }))
      return std::nullopt;
    const auto read = std::from_chars(digits->data(), digits->data() + digits->size(), value);
    if (read.ptr != digits->data() + digits->size()) return std::nullopt;
    if (read.ec == std::errc::result_out_of_range)
      value = beyond_range(*digits);
    else if (read.ec != std::errc{})
      return std::nullopt;
  }
  return sign == '-' ? -value : value;
}

}  // namespace fullshard::jinja
