#include "jinja/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/utf8.hpp"
#include "jinja/fail.hpp"
#include "jinja/tag_lexer.hpp"
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
    while (here_.at < source_.size()) root();
    tokens_.push_back({Type::End, here_.line, {}});
    return std::move(tokens_);
  }

 private:
  size_t next_tag() const {
    size_t from = here_.at;
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
    std::string_view text = std::string_view(source_).substr(here_.at, end - here_.at);
    if (sign == '-') {
      text = without_trailing_space(text);
    } else if (sign != '+' && !prints) {
      const size_t newline = text.rfind('\n');
      const size_t from = newline == text.npos ? 0 : newline + 1;
      const bool whole_line = newline != text.npos || here_.line_start;
      if (whole_line && here_.skip_space(here_.at + from) >= end) text = text.substr(0, from);
    }
    if (!text.empty()) tokens_.push_back({Type::Text, here_.line, std::string(text)});
    here_.advance_to(end);
  }

  void root() {
    const size_t tag = next_tag();
    if (tag == source_.npos) {
      tokens_.push_back({Type::Text, here_.line, source_.substr(here_.at)});
      here_.advance_to(source_.size());
      return;
    }
    const char kind = source_[tag + 1], sign = here_.sign_at(tag + 2);
    const size_t inside = tag + 2 + (sign != '\0' ? 1 : 0);
    text_before(tag, sign, kind == '{');
    if (kind == '#') return comment(inside);
    if (kind == '%')
      if (const size_t end = raw_begin(inside); end != source_.npos) return raw(end);
    tokens_.push_back({kind == '%' ? Type::BlockBegin : Type::PrintBegin, here_.line, {}});
    here_.advance_to(inside);
    read_tag(here_, kind == '%' ? Type::BlockEnd : Type::PrintEnd, tokens_);
  }

  void comment(size_t inside) {
    const size_t close = source_.find("#}", inside);
    if (close == source_.npos)
      here_.syntax("Missing end of comment tag: expected '#}' before the end of the template");
    const char sign = close > inside ? source_[close - 1] : '\0';
    here_.advance_to(here_.after_tag(close + 2, sign == '-' || sign == '+' ? sign : '\0'));
  }

  // After {% raw %}, or npos where this is another tag.
  size_t raw_begin(size_t inside) const {
    const size_t word = here_.skip_space(inside);
    if (source_.compare(word, 3, "raw") != 0) return source_.npos;
    const size_t close = here_.skip_space(word + 3);
    if (source_.compare(close, 3, "-%}") == 0) return here_.skip_space(close + 3);
    return source_.compare(close, 2, "%}") == 0 ? close + 2 : source_.npos;
  }

  void raw(size_t begin) {
    here_.advance_to(begin);
    for (size_t open = begin; (open = source_.find("{%", open)) != source_.npos; open += 2) {
      const char sign = here_.sign_at(open + 2);
      const size_t word = here_.skip_space(open + 2 + (sign != '\0' ? 1 : 0));
      if (source_.compare(word, 6, "endraw") != 0) continue;
      const size_t close = here_.skip_space(word + 6);
      const char end_sign = here_.sign_at(close);
      const size_t percent = close + (end_sign != '\0' ? 1 : 0);
      if (source_.compare(percent, 2, "%}") != 0) continue;
      text_before(open, sign, false);
      here_.advance_to(here_.after_tag(percent + 2, end_sign));
      return;
    }
    here_.syntax("Missing end of raw directive: expected {% endraw %} before the end of the template");
  }

  std::string source_;
  Cursor here_{source_};
  std::vector<Token> tokens_;
};

}  // namespace

void Cursor::advance_to(size_t end) {
  line += static_cast<int>(std::count(source.begin() + static_cast<std::ptrdiff_t>(at),
                                      source.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  line_start = end > at && source[end - 1] == '\n';
  at = end;
}

size_t Cursor::skip_space(size_t from) const {
  while (from < source.size()) {
    const CodePoint c = code_point_at(source, from);
    if (!is_space(c.value)) break;
    from += c.length;
  }
  return from;
}

char Cursor::sign_at(size_t position) const {
  const char c = position < source.size() ? source[position] : '\0';
  return c == '-' || c == '+' ? c : '\0';
}

size_t Cursor::after_tag(size_t end, char sign) const {
  if (sign == '-') return skip_space(end);
  return sign != '+' && end < source.size() && source[end] == '\n' ? end + 1 : end;
}

void Cursor::syntax(const std::string& message) const {
  throw TemplateError(ErrorKind::Syntax, line, message);
}

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
      return shown_name(token.text);
  }
}

std::vector<Token> tokenize(std::string_view source, const ParseLimits& limits) {
  if (source.size() > static_cast<size_t>(limits.source.value))
    throw TemplateError(ErrorKind::Limit, 0,
                        fmt::format("source: the template has {} bytes, expected at most {}", source.size(),
                                    limits.source.value));
  if (first_not_utf8(source))
    throw TemplateError(ErrorKind::Syntax, 0, "the template is not UTF-8; recode it");
  return Lexer(normalized(source)).run();
}

}  // namespace fullshard::jinja
