#include "jinja/token_stream.hpp"

#include <fmt/format.h>

#include "fullshard/jinja/error.hpp"

namespace fullshard::jinja {

void TokenStream::fail(int line, const std::string& message) {
  throw TemplateError(ErrorKind::Syntax, line, message);
}

void TokenStream::fail_expected(const std::string& what) const {
  fail(line(), fmt::format("expected {}, got {}", what, describe(current())));
}

Token TokenStream::take() {
  if (current().type == Token::Type::End) return current();
  return std::move(tokens_[at_++]);
}

bool TokenStream::skip_name(std::string_view name) {
  if (!current().is_name(name)) return false;
  ++at_;
  return true;
}

bool TokenStream::skip_operator(std::string_view op) {
  if (!current().is_operator(op)) return false;
  ++at_;
  return true;
}

void TokenStream::expect_operator(std::string_view op) {
  if (!skip_operator(op)) fail_expected(fmt::format("'{}'", op));
}

void TokenStream::expect_name(std::string_view name) {
  if (!skip_name(name)) fail_expected(fmt::format("'{}'", name));
}

void TokenStream::expect(Token::Type type) {
  if (current().type != type) fail_expected(describe({type, 0, {}}));
  take();
}

std::string TokenStream::take_name() {
  if (current().type != Token::Type::Name) fail_expected("a name");
  return take().text;
}

}  // namespace fullshard::jinja
