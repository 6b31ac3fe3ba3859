#include "jinja/literals.hpp"

#include <charconv>

#include "fullshard/jinja/error.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

bool is_digit_char(char c) {
  return c >= '0' && c <= '9';
}

// digits that single underscores may separate; 0 where there are none
size_t digits(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() &&
         (is_digit_char(text[end]) || (text[end] == '_' && end > at && end + 1 < text.size() &&
                                       text[end - 1] != '_' && is_digit_char(text[end + 1]))))
    ++end;
  return end - at;
}

template <typename IsDigit>
size_t prefixed(std::string_view text, IsDigit is_digit) {  // what follows 0x, 0o and 0b
  size_t end = 2;
  while (end < text.size()) {
    const size_t skip = text[end] == '_' ? 1 : 0;
    if (end + skip >= text.size() || !is_digit(text[end + skip])) break;
    end += skip + 1;
  }
  return end > 2 ? end : 0;
}

// 0, 0_0, 00 … or a number that does not start with 0.
size_t integer_length(std::string_view text) {
  if (text[0] != '0') return digits(text, 0);
  if (text.size() > 2) {
    const char base = static_cast<char>(text[1] | 0x20);
    size_t n = 0;
    if (base == 'b') n = prefixed(text, [](char c) { return c == '0' || c == '1'; });
    if (base == 'o') n = prefixed(text, [](char c) { return c >= '0' && c <= '7'; });
    if (base == 'x')
      n = prefixed(text, [](char c) { return is_digit_char(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); });
    if (n > 0) return n;
  }
  size_t end = 1;
  while (end < text.size() &&
         (text[end] == '0' || (text[end] == '_' && end + 1 < text.size() && text[end + 1] == '0')))
    ++end;
  return end;
}

size_t exponent_length(std::string_view text, size_t at) {
  if (at >= text.size() || (text[at] | 0x20) != 'e') return 0;
  const size_t sign = at + 1 < text.size() && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0;
  const size_t n = digits(text, at + 1 + sign);
  return n > 0 ? 1 + sign + n : 0;
}

[[noreturn]] void bad_escape(int line, const std::string& what) {
  throw TemplateError(ErrorKind::Syntax, line,
                      what + " in a string; double the backslash if it is meant as one");
}

class Unescaper {
 public:
  Unescaper(std::string_view text, int line) : text_(text), line_(line) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        escape();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  void escape() {
    const char c = text_[at_ + 1];
    constexpr std::string_view kFrom = "\\'\"abfnrtv", kTo = "\\'\"\a\b\f\n\r\t\v";
    if (const size_t i = kFrom.find(c); i != kFrom.npos) {
      out_ += kTo[i];
      at_ += 2;
    } else if (c == '\n') {
      at_ += 2;
    } else if (c >= '0' && c <= '7') {
      octal();
    } else if (c == 'x') {
      hexadecimal(2, "\\xXX");
    } else if (c == 'u') {
      hexadecimal(4, "\\uXXXX");
    } else if (c == 'U') {
      hexadecimal(8, "\\UXXXXXXXX");
    } else if (c == 'N') {
      bad_escape(line_, "names of characters (\\N{…}) are not known here: use \\uXXXX");
    } else {
      out_ += '\\';  // and the character comes next, whatever it is
      ++at_;
    }
  }

  void octal() {
    char32_t value = 0;
    size_t end = at_ + 1;
    for (; end < text_.size() && end < at_ + 4 && text_[end] >= '0' && text_[end] <= '7'; ++end)
      value = value * 8 + static_cast<char32_t>(text_[end] - '0');
    append_utf8(value, out_);
    at_ = end;
  }

  void hexadecimal(size_t length, const char* shape) {
    const std::string_view part = text_.substr(at_ + 2, length);
    uint32_t value = 0;
    const auto read = std::from_chars(part.data(), part.data() + part.size(), value, 16);
    if (part.size() != length || read.ptr != part.data() + length)
      bad_escape(line_, std::string("truncated ") + shape + " escape");
    if (value > 0x10FFFF) bad_escape(line_, "illegal Unicode character");
    append_utf8(value >= 0xD800 && value <= 0xDFFF ? 0xFFFD : value, out_);
    at_ += 2 + length;
  }

  std::string_view text_;
  int line_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string unescaped(std::string_view text, int line) {
  return Unescaper(text, line).run();
}

NumberShape number_at(std::string_view text, bool after_dot) {
  const size_t whole = digits(text, 0);
  if (whole == 0) return {0, false};
  if (!after_dot) {
    size_t end = whole;
    bool real = false;
    if (end + 1 < text.size() && text[end] == '.')
      if (const size_t n = digits(text, end + 1); n > 0) {
        end += 1 + n;
        real = true;
      }
    if (const size_t n = exponent_length(text, end); n > 0) {
      end += n;
      real = true;
    }
    if (real) return {end, true};
  }
  return {integer_length(text), false};
}

}  // namespace fullshard::jinja
