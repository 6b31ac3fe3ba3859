#pragma once
// What the two halves of the lexer share: text between tags (lexer.cpp) and what is inside of one
// (tag_lexer.cpp).

#include <string_view>
#include <vector>

#include "jinja/lexer.hpp"

namespace fullshard::jinja {

/// Where in a source the lexer stands. The source is valid UTF-8 and outlives it.
struct Cursor {
  std::string_view source;
  size_t at = 0;
  int line = 1;
  bool line_start = true;  ///< what was taken last ended a line

  void advance_to(size_t end);
  size_t skip_space(size_t from) const;
  /// The sign of a tag, - or +, or 0.
  char sign_at(size_t position) const;
  /// Where the template goes on: "-" takes all space after the tag, "+" none, otherwise one line end goes.
  size_t after_tag(size_t end, char sign) const;
  [[noreturn]] void syntax(const std::string& message) const;
};

/// Appends the tokens up to the end of the tag that `here` stands in, and that end. Throws TemplateError of
/// kind Syntax.
void read_tag(Cursor& here, Token::Type end, std::vector<Token>& tokens);

}  // namespace fullshard::jinja
