#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jinja/lexer.hpp"

namespace fullshard::jinja {

/// The parser's view of the tokens. Errors say what was expected and what is there.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& current() const { return tokens_[at_]; }
  const Token& next() const { return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_]; }
  int line() const { return current().line; }
  Token take();
  bool skip_name(std::string_view name);
  bool skip_operator(std::string_view op);
  void expect_operator(std::string_view op);
  void expect_name(std::string_view name);
  void expect(Token::Type type);
  std::string take_name();

  [[noreturn]] static void fail(int line, const std::string& message);
  [[noreturn]] void fail_expected(const std::string& what) const;

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace fullshard::jinja
