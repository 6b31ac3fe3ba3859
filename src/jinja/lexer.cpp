#include "jinja/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "jinja/fail.hpp"
#include "jinja/literals.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

using Type = Token::Type;

// Line ends become \n, and one at the end of the template goes.
std::string normalized(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
      out += '\n';
    } else {
      out += source[i];
    }
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string_view without_trailing_space(std::string_view text) {
  while (!text.empty()) {
    const CodePoint last = code_point_before(text, text.size());
    if (!is_space(last.value)) break;
    text.remove_suffix(last.length);
  }
  return text;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  std::vector<Token> run() {
    while (at_ < source_.size()) root();
    tokens_.push_back({Type::End, line_, {}});
    return std::move(tokens_);
  }

 private:
  bool at(std::string_view what) const { return std::string_view(source_).substr(at_).starts_with(what); }
  [[noreturn]] void syntax(const std::string& message) const {
    throw TemplateError(ErrorKind::Syntax, line_, message);
  }

  void advance_to(size_t end) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    line_start_ = end > at_ && source_[end - 1] == '\n';
    at_ = end;
  }

  size_t skip_space(size_t from) const {
    while (from < source_.size()) {
      const CodePoint c = code_point_at(source_, from);
      if (!is_space(c.value)) break;
      from += c.length;
    }
    return from;
  }

  size_t next_tag() const {
    size_t from = at_;
    while ((from = source_.find('{', from)) != source_.npos) {
      const char next = from + 1 < source_.size() ? source_[from + 1] : '\0';
      if (next == '{' || next == '%' || next == '#') return from;
      ++from;
    }
    return source_.npos;
  }

  // Text up to `end`, where a tag with this sign starts: "-" takes all space before it, "+" none, otherwise
  // tags that print nothing take the space of their own line.
  void text_before(size_t end, char sign, bool prints) {
    std::string_view text = std::string_view(source_).substr(at_, end - at_);
    if (sign == '-') {
      text = without_trailing_space(text);
    } else if (sign != '+' && !prints) {
      const size_t newline = text.rfind('\n');
      const size_t from = newline == text.npos ? 0 : newline + 1;
      const bool whole_line = newline != text.npos || line_start_;
      if (whole_line && skip_space(at_ + from) >= end) text = text.substr(0, from);
    }
    if (!text.empty()) tokens_.push_back({Type::Text, line_, std::string(text)});
    advance_to(end);
  }

  char sign_at(size_t position) const {
    const char c = position < source_.size() ? source_[position] : '\0';
    return c == '-' || c == '+' ? c : '\0';
  }

  void root() {
    const size_t tag = next_tag();
    if (tag == source_.npos) {
      tokens_.push_back({Type::Text, line_, source_.substr(at_)});
      advance_to(source_.size());
      return;
    }
    const char kind = source_[tag + 1], sign = sign_at(tag + 2);
    const size_t inside = tag + 2 + (sign != '\0' ? 1 : 0);
    text_before(tag, sign, kind == '{');
    if (kind == '#') return comment(inside);
    if (kind == '%')
      if (const size_t end = raw_begin(inside); end != source_.npos) return raw(end);
    tokens_.push_back({kind == '%' ? Type::BlockBegin : Type::PrintBegin, line_, {}});
    advance_to(inside);
    tag_body(kind == '%' ? Type::BlockEnd : Type::PrintEnd);
  }

  void comment(size_t inside) {
    const size_t close = source_.find("#}", inside);
    if (close == source_.npos)
      syntax("Missing end of comment tag: expected '#}' before the end of the template");
    const char sign = close > inside ? source_[close - 1] : '\0';
    advance_to(after_tag(close + 2, sign == '-' || sign == '+' ? sign : '\0'));
  }

  // Where the template goes on: "-" takes all space after the tag, "+" none, otherwise one line end goes.
  size_t after_tag(size_t end, char sign) const {
    if (sign == '-') return skip_space(end);
    return sign != '+' && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
  }

  // After {% raw %}, or npos where this is another tag.
  size_t raw_begin(size_t inside) const {
    const size_t word = skip_space(inside);
    if (source_.compare(word, 3, "raw") != 0) return source_.npos;
    const size_t close = skip_space(word + 3);
    if (source_.compare(close, 3, "-%}") == 0) return skip_space(close + 3);
    return source_.compare(close, 2, "%}") == 0 ? close + 2 : source_.npos;
  }

  void raw(size_t begin) {
    advance_to(begin);
    for (size_t open = begin; (open = source_.find("{%", open)) != source_.npos; open += 2) {
      const char sign = sign_at(open + 2);
      const size_t word = skip_space(open + 2 + (sign != '\0' ? 1 : 0));
      if (source_.compare(word, 6, "endraw") != 0) continue;
      const size_t close = skip_space(word + 6);
      const char end_sign = sign_at(close);
      const size_t percent = close + (end_sign != '\0' ? 1 : 0);
      if (source_.compare(percent, 2, "%}") != 0) continue;
      text_before(open, sign, false);
      advance_to(after_tag(percent + 2, end_sign));
      return;
    }
    syntax("Missing end of raw directive: expected {% endraw %} before the end of the template");
  }

  // The end of this tag here, or npos.
  size_t tag_end(Type end) const {
    const char sign = sign_at(at_);
    const size_t close = at_ + (sign != '\0' ? 1 : 0);
    if (end == Type::BlockEnd)
      return source_.compare(close, 2, "%}") == 0 ? after_tag(close + 2, sign) : source_.npos;
    if (sign == '+' || source_.compare(close, 2, "}}") != 0) return source_.npos;
    return sign == '-' ? skip_space(close + 2) : close + 2;
  }

  void tag_body(Type end) {
    open_.clear();
    while (at_ < source_.size()) {
      if (open_.empty())
        if (const size_t after = tag_end(end); after != source_.npos) {
          tokens_.push_back({end, line_, {}});
          advance_to(after);
          return;
        }
      token();
    }
  }

  void token() {
    const CodePoint c = code_point_at(source_, at_);
    const std::string_view rest = std::string_view(source_).substr(at_);
    if (is_space(c.value)) return advance_to(skip_space(at_));
    if (c.value >= '0' && c.value <= '9') return number(rest);
    if (is_word(c.value)) return name(rest);
    if (c.value == '\'' || c.value == '"') return string(rest);
    operator_token(rest);
  }

  void number(std::string_view rest) {
    const NumberShape shape = number_at(rest, at_ > 0 && source_[at_ - 1] == '.');
    std::string digits(rest.substr(0, shape.length));
    std::erase(digits, '_');
    Token token{shape.real ? Type::Real : Type::Integer, line_, digits};
    if (shape.real) {
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), token.real);
      if (read.ec != std::errc{}) token.real = digits.find('-') == digits.npos ? HUGE_VAL : 0;
    } else {
      const char mark = digits.size() > 2 ? static_cast<char>(digits[1] | 0x20) : '0';
      const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
      const auto read = std::from_chars(digits.data() + (base == 10 ? 0 : 2), digits.data() + digits.size(),
                                        token.integer, base);
      if (read.ec != std::errc{}) syntax(fmt::format("the number {} does not fit into 64 bits", digits));
    }
    tokens_.push_back(std::move(token));
    advance_to(at_ + shape.length);
  }

  void name(std::string_view rest) {
    size_t length = 0;
    while (length < rest.size()) {
      const CodePoint c = code_point_at(rest, length);
      if (!is_word(c.value)) break;
      length += c.length;
    }
    const std::string_view word = rest.substr(0, length);
    if (!is_identifier(word)) syntax(fmt::format("Invalid character in identifier '{}'", word));
    tokens_.push_back({Type::Name, line_, std::string(word)});
    advance_to(at_ + length);
  }

  void string(std::string_view rest) {
    size_t end = 1;
    while (end < rest.size() && rest[end] != rest[0]) end += rest[end] == '\\' ? 2 : 1;
    if (end >= rest.size())
      syntax(fmt::format("unexpected char {}: the string that it begins does not end", rest[0]));
    tokens_.push_back({Type::String, line_, unescaped(rest.substr(1, end - 1), line_)});
    advance_to(at_ + end + 1);
  }

  void operator_token(std::string_view rest) {
    static constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                      "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                      ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const auto* const op = std::find_if(std::begin(kOperators), std::end(kOperators),
                                        [&](auto o) { return rest.starts_with(o); });
    if (op == std::end(kOperators))
      syntax(fmt::format("unexpected char '{}'", rest.substr(0, code_point_at(rest, 0).length)));
    balance(op->front());
    tokens_.push_back({Type::Operator, line_, std::string(*op)});
    advance_to(at_ + op->size());
  }

  // Ends of tags count only outside of brackets: {{ {'a': {}} }}.
  void balance(char c) {
    if (c == '(') open_ += ')';
    if (c == '[') open_ += ']';
    if (c == '{') open_ += '}';
    if (c != ')' && c != ']' && c != '}') return;
    if (open_.empty()) syntax(fmt::format("unexpected '{}'", c));
    if (open_.back() != c) syntax(fmt::format("unexpected '{}', expected '{}'", c, open_.back()));
    open_.pop_back();
  }

  std::string source_;
  size_t at_ = 0;
  int line_ = 1;
  bool line_start_ = true;  // what was taken last ended a line
  std::string open_;        // brackets that wait for their end
  std::vector<Token> tokens_;
};

}  // namespace

std::string describe(const Token& token) {
  switch (token.type) {
    case Type::Text:
      return "template data";
    case Type::PrintBegin:
      return "begin of print statement";
    case Type::PrintEnd:
      return "end of print statement";
    case Type::BlockBegin:
      return "begin of statement block";
    case Type::BlockEnd:
      return "end of statement block";
    case Type::End:
      return "end of template";
    case Type::String:
      return "a string";
    default:
      return "'" + token.text + "'";
  }
}

std::vector<Token> tokenize(std::string_view source, const ParseLimits& limits) {
  if (source.size() > static_cast<size_t>(limits.source.value))
    throw TemplateError(ErrorKind::Limit, 0,
                        fmt::format("source: the template has {} bytes, expected at most {}", source.size(),
                                    limits.source.value));
  if (!is_valid_utf8(source))
    throw TemplateError(ErrorKind::Syntax, 0, "the template is not UTF-8; recode it");
  return Lexer(normalized(source)).run();
}

}  // namespace fullshard::jinja
