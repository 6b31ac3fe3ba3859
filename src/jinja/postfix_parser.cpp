// The part of ExpressionParser for what follows a value: commas, subscripts, calls, filters, tests.

#include <fmt/format.h>

#include "fullshard/jinja/error.hpp"
#include "jinja/expression_parser.hpp"
#include "jinja/fail.hpp"

namespace fullshard::jinja {

using Type = Token::Type;

bool ExpressionParser::at_tuple_end(std::string_view end) const {
  const Token& token = tokens_.current();
  return token.type == Type::PrintEnd || token.type == Type::BlockEnd || token.is_operator(")") ||
         (!end.empty() && token.is_name(end));
}

ExprPtr ExpressionParser::tuple(Conditionals conditionals, std::string_view end) {
  const int line = tokens_.line();
  if (at_tuple_end(end)) tokens_.fail_expected("an expression");
  const auto one = [&] { return conditionals == Conditionals::Allowed ? conditional() : disjunction(); };
  std::vector<ExprPtr> items;
  items.push_back(one());
  if (!tokens_.current().is_operator(",")) return std::move(items[0]);
  while (tokens_.skip_operator(",") && !at_tuple_end(end)) items.push_back(one());
  return make(ExprKind::Tuple, line, std::move(items));
}

ExprPtr ExpressionParser::postfix(ExprPtr value) {
  for (;;) {
    if (tokens_.current().is_operator(".") || tokens_.current().is_operator("["))
      value = subscript(std::move(value));
    else if (tokens_.current().is_operator("("))
      value = call(std::move(value));
    else
      return value;
  }
}

ExprPtr ExpressionParser::after_filters(ExprPtr value) {
  for (;;) {
    if (tokens_.current().is_operator("|"))
      value = filters(std::move(value), First::AfterBar);
    else if (tokens_.current().is_name("is"))
      value = test(std::move(value));
    else if (tokens_.current().is_operator("("))
      value = call(std::move(value));
    else
      return value;
  }
}

ExprPtr ExpressionParser::subscript(ExprPtr value) {
  const int line = tokens_.line();
  std::vector<ExprPtr> children;
  children.push_back(std::move(value));
  if (tokens_.skip_operator(".")) {
    if (tokens_.current().type == Type::Name) {
      ExprPtr e = make(ExprKind::Attribute, line, std::move(children));
      e->constant = heap_.string(tokens_.take_name());
      return e;
    }
    if (tokens_.current().type != Type::Integer) tokens_.fail_expected("a name or number after the dot");
    children.push_back(primary());
    return make(ExprKind::Item, line, std::move(children));
  }
  tokens_.expect_operator("[");
  std::vector<ExprPtr> keys;
  while (!tokens_.current().is_operator("]")) {
    if (!keys.empty()) tokens_.expect_operator(",");
    keys.push_back(subscribed());
  }
  tokens_.expect_operator("]");
  children.push_back(keys.size() == 1 ? std::move(keys[0]) : make(ExprKind::Tuple, line, std::move(keys)));
  return make(ExprKind::Item, line, std::move(children));
}

ExprPtr ExpressionParser::subscribed() {
  const int line = tokens_.line();
  const auto at_end = [&] {
    return tokens_.current().is_operator("]") || tokens_.current().is_operator(",");
  };
  std::vector<ExprPtr> bounds(3);
  if (!tokens_.current().is_operator(":")) {
    bounds[0] = expression();
    if (!tokens_.current().is_operator(":")) return std::move(bounds[0]);
  }
  tokens_.expect_operator(":");
  if (!at_end() && !tokens_.current().is_operator(":")) bounds[1] = expression();
  if (tokens_.skip_operator(":") && !at_end()) bounds[2] = expression();
  return make(ExprKind::Slice, line, std::move(bounds));
}

ExprPtr ExpressionParser::call(ExprPtr callee) {
  std::vector<ExprPtr> children;
  children.push_back(std::move(callee));
  ExprPtr e = make(ExprKind::Call, tokens_.line(), std::move(children));
  arguments(*e);
  return e;
}

void ExpressionParser::arguments(Expr& call) {
  const int line = tokens_.line();
  CallShape& shape = call.call;
  std::vector<ExprPtr> named;
  ExprPtr star, double_star;
  const auto ensure = [&](bool holds) {
    if (!holds)
      TokenStream::fail(line,
                        "invalid syntax for function call expression: positional arguments come first, then "
                        "named ones, *list and **dict");
  };
  tokens_.expect_operator("(");
  for (bool comma = false; !tokens_.current().is_operator(")"); comma = true) {
    if (comma) {
      tokens_.expect_operator(",");
      if (tokens_.current().is_operator(")")) break;
    }
    if (tokens_.skip_operator("*")) {
      ensure(!star && !double_star);
      star = expression();
    } else if (tokens_.skip_operator("**")) {
      ensure(!double_star);
      double_star = expression();
    } else if (tokens_.current().type == Type::Name && tokens_.next().is_operator("=")) {
      ensure(!double_star);
      shape.names.push_back(heap_.string(tokens_.take_name()));
      tokens_.expect_operator("=");
      named.push_back(expression());
    } else {
      ensure(!star && !double_star && named.empty());
      call.children.push_back(expression());
      ++shape.positional;
    }
  }
  tokens_.expect_operator(")");
  shape.star = star != nullptr;
  shape.double_star = double_star != nullptr;
  for (ExprPtr& value : named) call.children.push_back(std::move(value));
  if (star) call.children.push_back(std::move(star));
  if (double_star) call.children.push_back(std::move(double_star));
  for (const ExprPtr& child : call.children)
    if (child) call.depth = std::max(call.depth, child->depth + 1);
  if (call.depth > depth_limit_)
    throw TemplateError(ErrorKind::Limit, line,
                        fmt::format("depth: expressions inside each other deeper than {}", depth_limit_));
}

std::string ExpressionParser::dotted_name() {
  std::string name = tokens_.take_name();
  while (tokens_.skip_operator(".")) name += "." + tokens_.take_name();
  return name;
}

ExprPtr ExpressionParser::filters(ExprPtr value, First first) {
  while (first == First::Inline || tokens_.current().is_operator("|")) {
    if (first == First::AfterBar) tokens_.expect_operator("|");
    first = First::AfterBar;
    const int line = tokens_.line();
    const std::string name = dotted_name();
    std::vector<ExprPtr> children;
    children.push_back(std::move(value));
    ExprPtr e = make(ExprKind::Filter, line, std::move(children));
    e->constant = heap_.string(name);
    e->native = find_filter(name);
    if (e->native == nullptr && conditional_levels == 0)
      TokenStream::fail(line, fmt::format("No filter named {}.", shown_name(name)));
    if (tokens_.current().is_operator("(")) arguments(*e);
    value = std::move(e);
  }
  return value;
}

ExprPtr ExpressionParser::test(ExprPtr value) {
  const int line = tokens_.line();
  tokens_.expect_name("is");
  const bool negated = tokens_.skip_name("not");
  const std::string name = dotted_name();
  std::vector<ExprPtr> children;
  children.push_back(std::move(value));
  const Token& token = tokens_.current();
  const bool starts_value = token.type == Type::Name || token.type == Type::String ||
                            token.type == Type::Integer || token.type == Type::Real ||
                            token.is_operator("[") || token.is_operator("{");
  ExprPtr e;
  if (token.is_operator("(")) {
    e = make(ExprKind::Test, line, std::move(children));
    arguments(*e);
  } else if (starts_value && !token.is_name("else") && !token.is_name("or") && !token.is_name("and")) {
    if (token.is_name("is")) TokenStream::fail(token.line, "You cannot chain multiple tests with is");
    children.push_back(postfix(primary()));
    e = make(ExprKind::Test, line, std::move(children));
    e->call.positional = 1;
  } else {
    e = make(ExprKind::Test, line, std::move(children));
  }
  e->constant = heap_.string(name);
  e->native = find_test(name);
  if (e->native == nullptr && conditional_levels == 0)
    TokenStream::fail(line, fmt::format("No test named {}.", shown_name(name)));
  if (!negated) return e;
  std::vector<ExprPtr> operand;
  operand.push_back(std::move(e));
  return make(ExprKind::Not, line, std::move(operand));
}

}  // namespace fullshard::jinja
