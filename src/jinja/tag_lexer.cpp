#include "jinja/tag_lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "fullshard/jinja/error.hpp"
#include "jinja/fail.hpp"
#include "jinja/literals.hpp"
#include "jinja/number_text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

using Type = Token::Type;

class TagLexer {
 public:
  TagLexer(Cursor& here, std::vector<Token>& tokens) : here_(here), tokens_(tokens) {}

  void run(Type end) {
    while (here_.at < here_.source.size()) {
      if (open_.empty())
        if (const size_t after = tag_end(end); after != std::string_view::npos) {
          tokens_.push_back({end, here_.line, {}});
          here_.advance_to(after);
          return;
        }
      token();
    }
  }

 private:
  // The end of this tag here, or npos.
  size_t tag_end(Type end) const {
    const char sign = here_.sign_at(here_.at);
    const size_t close = here_.at + (sign != '\0' ? 1 : 0);
    if (end == Type::BlockEnd)
      return here_.source.compare(close, 2, "%}") == 0 ? here_.after_tag(close + 2, sign)
                                                       : std::string_view::npos;
    if (sign == '+' || here_.source.compare(close, 2, "}}") != 0) return std::string_view::npos;
    return sign == '-' ? here_.skip_space(close + 2) : close + 2;
  }

  void token() {
    const CodePoint c = code_point_at(here_.source, here_.at);
    const std::string_view rest = here_.source.substr(here_.at);
    if (is_space(c.value)) return here_.advance_to(here_.skip_space(here_.at));
    if (c.value >= '0' && c.value <= '9') return number(rest);
    if (is_word(c.value)) return name(rest);
    if (c.value == '\'' || c.value == '"') return string(rest);
    operator_token(rest);
  }

  void number(std::string_view rest) {
    const NumberShape shape = number_at(rest, here_.at > 0 && here_.source[here_.at - 1] == '.');
    std::string digits(rest.substr(0, shape.length));
    std::erase(digits, '_');
    Token token{shape.real ? Type::Real : Type::Integer, here_.line, digits};
    if (shape.real) {
      token.real = nearest_real(digits);
    } else {
      const char mark = digits.size() > 2 ? static_cast<char>(digits[1] | 0x20) : '0';
      const int base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
      const auto read = std::from_chars(digits.data() + (base == 10 ? 0 : 2), digits.data() + digits.size(),
                                        token.integer, base);
      if (read.ec != std::errc{})
        here_.syntax(fmt::format("the number {} does not fit into 64 bits", shown_sentence(digits)));
    }
    tokens_.push_back(std::move(token));
    here_.advance_to(here_.at + shape.length);
  }

  void name(std::string_view rest) {
    size_t length = 0;
    while (length < rest.size()) {
      const CodePoint c = code_point_at(rest, length);
      if (!is_word(c.value)) break;
      length += c.length;
    }
    const std::string_view word = rest.substr(0, length);
    if (!is_identifier(word))
      here_.syntax(fmt::format("Invalid character in identifier {}", shown_name(word)));
    tokens_.push_back({Type::Name, here_.line, std::string(word)});
    here_.advance_to(here_.at + length);
  }

  void string(std::string_view rest) {
    size_t end = 1;
    while (end < rest.size() && rest[end] != rest[0]) end += rest[end] == '\\' ? 2 : 1;
    if (end >= rest.size())
      here_.syntax(fmt::format("unexpected char {}: the string that it begins does not end", rest[0]));
    tokens_.push_back({Type::String, here_.line, unescaped(rest.substr(1, end - 1), here_.line)});
    here_.advance_to(here_.at + end + 1);
  }

  void operator_token(std::string_view rest) {
    static constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                      "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                      ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};
    const auto* const op = std::find_if(std::begin(kOperators), std::end(kOperators),
                                        [&](auto o) { return rest.starts_with(o); });
    if (op == std::end(kOperators))
      here_.syntax(
          fmt::format("unexpected char {}", shown_name(rest.substr(0, code_point_at(rest, 0).length))));
    balance(op->front());
    tokens_.push_back({Type::Operator, here_.line, std::string(*op)});
    here_.advance_to(here_.at + op->size());
  }

  // Ends of tags count only outside of brackets: {{ {'a': {}} }}.
  void balance(char c) {
    if (c == '(') open_ += ')';
    if (c == '[') open_ += ']';
    if (c == '{') open_ += '}';
    if (c != ')' && c != ']' && c != '}') return;
    if (open_.empty()) here_.syntax(fmt::format("unexpected '{}'", c));
    if (open_.back() != c) here_.syntax(fmt::format("unexpected '{}', expected '{}'", c, open_.back()));
    open_.pop_back();
  }

  Cursor& here_;
  std::vector<Token>& tokens_;
  std::string open_;  // brackets that wait for their end
};

}  // namespace

void read_tag(Cursor& here, Token::Type end, std::vector<Token>& tokens) {
  TagLexer(here, tokens).run(end);
}

}  // namespace fullshard::jinja
