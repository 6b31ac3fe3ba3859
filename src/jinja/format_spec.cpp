#include "jinja/format_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "jinja/fail.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

int64_t take_number(std::string_view& text) {
  int64_t n = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec == std::errc::result_out_of_range)
    fail(ErrorKind::Value, "Too many decimal digits in format string");
  text.remove_prefix(static_cast<size_t>(read.ptr - text.data()));
  return n;
}

bool is_align(char c) {
  return c == '<' || c == '>' || c == '^' || c == '=';
}

std::string times(Heap& heap, std::string_view fill, int64_t count) {
  const size_t size = static_cast<size_t>(std::max<int64_t>(count, 0)) * fill.size();
  check_text_size(heap, size);
  heap.spend_on_characters(size);
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += fill;
  return out;
}

std::string aligned(Heap& heap, std::string_view lead, std::string_view body, const FormatSpec& spec,
                    char usual) {
  const int64_t length = static_cast<int64_t>(lead.size() + count_code_points(body));
  const int64_t room = std::max<int64_t>(spec.width - length, 0);
  const char align = spec.align == '\0' ? usual : spec.align;
  const int64_t left = align == '<' ? 0 : align == '^' ? room / 2 : room;
  const std::string before = times(heap, spec.fill, left), after = times(heap, spec.fill, room - left);
  return align == '=' ? fmt::format("{}{}{}", lead, before, body)
                      : fmt::format("{}{}{}{}", before, lead, body, after);
}

std::string grouped(std::string digits, char separator) {
  if (separator == '\0') return digits;
  const size_t whole = std::min(digits.find_first_not_of("0123456789"), digits.size());
  for (size_t at = whole; at > 3;) digits.insert(at -= 3, 1, separator);
  return digits;
}

std::string lead_of(bool negative, char sign) {
  if (negative) return "-";
  return sign == '+' || sign == ' ' ? std::string(1, sign) : "";
}

std::string real_digits(double d, const FormatSpec& spec) {
  const char type = spec.type == '\0' || spec.type == 'n' ? 'g' : spec.type == '%' ? 'f' : spec.type;
  const int precision = static_cast<int>(spec.precision < 0 ? 6 : spec.precision);
  if (std::isnan(d) || std::isinf(d)) {
    std::string text = std::isnan(d) ? "nan" : "inf";
    if (type >= 'A' && type <= 'Z')
      std::transform(text.begin(), text.end(), text.begin(),
                     [](char c) { return static_cast<char>(c & ~0x20); });
    return text;
  }
  if (spec.type == '\0' && spec.precision < 0) return real_text(d);
  const std::string pattern = fmt::format("{{:{}.{}{}}}", spec.alternate ? "#" : "", precision, type);
  std::string digits = fmt::format(fmt::runtime(pattern), d);
  if (spec.type == '\0' && digits.find_first_not_of("0123456789") == digits.npos) digits += ".0";
  return digits;
}

}  // namespace

FormatSpec parse_spec(std::string_view text) {
  FormatSpec spec;
  const std::string_view whole = text;
  if (!text.empty()) {
    const size_t first = code_point_at(text, 0).length;
    if (text.size() > first && is_align(text[first])) {
      spec.fill = text.substr(0, first);
      spec.align = text[first];
      text.remove_prefix(first + 1);
    } else if (is_align(text[0])) {
      spec.align = text[0];
      text.remove_prefix(1);
    }
  }
  const auto take = [&](std::string_view any) {
    if (text.empty() || any.find(text[0]) == any.npos) return '\0';
    const char c = text[0];
    text.remove_prefix(1);
    return c;
  };
  if (const char sign = take("+- "); sign != '\0') spec.sign = sign;
  spec.alternate = take("#") != '\0';
  if (take("0") != '\0' && spec.align == '\0') {
    spec.fill = "0";
    spec.align = '=';
  }
  spec.width = std::max<int64_t>(take_number(text), 0);
  spec.grouping = take(",_");
  if (take(".") != '\0') {
    spec.precision = take_number(text);
    if (spec.precision < 0) fail(ErrorKind::Value, "Format specifier missing precision");
    if (spec.precision > kMostDigits)
      fail(ErrorKind::Limit, fmt::format("a precision of more than {}", kMostDigits));
  }
  if (!text.empty()) {
    spec.type = text[0];
    text.remove_prefix(1);
  }
  if (!text.empty()) fail(ErrorKind::Value, fmt::format("Invalid format specifier {}", shown_name(whole)));
  return spec;
}

std::string formatted_integer(Heap& heap, int64_t i, const FormatSpec& spec) {
  if (std::string_view("eEfFgG%").find(spec.type) != std::string_view::npos && spec.type != '\0')
    return formatted_real(heap, static_cast<double>(i), spec);
  const auto magnitude = i < 0 ? 0 - static_cast<uint64_t>(i) : static_cast<uint64_t>(i);
  std::string digits, prefix;
  switch (spec.type) {
    case '\0':
    case 'n':
    case 'd':
      digits = std::to_string(magnitude);
      break;
    case 'x':
      digits = fmt::format("{:x}", magnitude);
      prefix = "0x";
      break;
    case 'X':
      digits = fmt::format("{:X}", magnitude);
      prefix = "0X";
      break;
    case 'o':
      digits = fmt::format("{:o}", magnitude);
      prefix = "0o";
      break;
    case 'b':
      digits = fmt::format("{:b}", magnitude);
      prefix = "0b";
      break;
    case 'c': {
      if (magnitude > 0x10FFFF || i < 0) fail(ErrorKind::Overflow, "%c arg not in range(0x110000)");
      append_utf8(magnitude >= 0xD800 && magnitude < 0xE000 ? 0xFFFD : static_cast<char32_t>(magnitude),
                  digits);
      return aligned(heap, "", digits, spec, '<');
    }
    default:
      fail(ErrorKind::Value,
           fmt::format("Unknown format code {} for object of type 'int'", shown_name({&spec.type, 1})));
  }
  // %.5d: at least so many digits.
  if (spec.precision > static_cast<int64_t>(digits.size()))
    digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
  return aligned(heap, lead_of(i < 0, spec.sign) + (spec.alternate ? prefix : ""),
                 grouped(digits, spec.grouping), spec, '>');
}

std::string formatted_real(Heap& heap, double d, const FormatSpec& spec) {
  if (std::string_view("eEfFgGn%").find(spec.type) == std::string_view::npos && spec.type != '\0')
    fail(ErrorKind::Value,
         fmt::format("Unknown format code {} for object of type 'float'", shown_name({&spec.type, 1})));
  const double magnitude = std::fabs(spec.type == '%' ? d * 100 : d);
  std::string digits = grouped(real_digits(magnitude, spec), spec.grouping);
  heap.spend(static_cast<int64_t>(digits.size()));  // up to 1400, each of which takes long
  if (spec.type == '%') digits += '%';
  return aligned(heap, lead_of(std::signbit(d) && !std::isnan(d), spec.sign), digits, spec, '>');
}

std::string formatted_text(Heap& heap, std::string_view text, const FormatSpec& spec) {
  if (spec.type != '\0' && spec.type != 's')
    fail(ErrorKind::Value,
         fmt::format("Unknown format code {} for object of type 'str'", shown_name({&spec.type, 1})));
  if (spec.align == '=') fail(ErrorKind::Value, "'=' alignment not allowed in string format specifier");
  if (spec.precision >= 0) text = text.substr(0, byte_of(text, static_cast<size_t>(spec.precision)));
  return aligned(heap, "", text, spec, '<');
}

}  // namespace fullshard::jinja
