// The part of ExpressionParser for what stands alone: names, constants, what is in brackets, what can be
// assigned to.

#include <fmt/format.h>

#include "jinja/expression_parser.hpp"

namespace fullshard::jinja {

using Type = Token::Type;

ExprPtr ExpressionParser::named(Attributes attributes) {
  const int line = tokens_.line();
  const std::string name = tokens_.take_name();
  ExprPtr e = make(ExprKind::Constant, line);
  if (name == "true" || name == "True" || name == "false" || name == "False") {
    e->constant = Value::boolean(name == "true" || name == "True");
    return e;
  }
  if (name == "none" || name == "None") {
    e->constant = Value::none();
    return e;
  }
  e->kind = ExprKind::Name;
  e->constant = heap_.string(name);
  if (attributes == Attributes::NotAllowed || !tokens_.skip_operator(".")) return e;
  std::vector<ExprPtr> object;
  object.push_back(std::move(e));
  ExprPtr attribute = make(ExprKind::Attribute, line, std::move(object));
  attribute->constant = heap_.string(tokens_.take_name());
  return attribute;
}

ExprPtr ExpressionParser::primary(Attributes attributes) {
  const Token& token = tokens_.current();
  if (token.type == Type::Name) return named(attributes);
  if (token.is_operator("(")) return parenthesised();
  if (token.is_operator("[")) return list();
  if (token.is_operator("{")) return dict();
  ExprPtr e = make(ExprKind::Constant, token.line);
  if (token.type == Type::String) {
    std::string text = tokens_.take().text;
    while (tokens_.current().type == Type::String) text += tokens_.take().text;
    e->constant = heap_.string(text);
  } else if (token.type == Type::Integer) {
    e->constant = Value::integer(tokens_.take().integer);
  } else if (token.type == Type::Real) {
    e->constant = Value::real(tokens_.take().real);
  } else {
    tokens_.fail_expected("an expression");
  }
  return e;
}

ExprPtr ExpressionParser::parenthesised() {
  const int line = tokens_.line();
  tokens_.expect_operator("(");
  ExprPtr e = tokens_.current().is_operator(")") ? make(ExprKind::Tuple, line) : tuple();
  tokens_.expect_operator(")");
  return e;
}

ExprPtr ExpressionParser::list() {
  const int line = tokens_.line();
  tokens_.expect_operator("[");
  std::vector<ExprPtr> items;
  while (!tokens_.current().is_operator("]")) {
    if (!items.empty()) tokens_.expect_operator(",");
    if (tokens_.current().is_operator("]")) break;
    items.push_back(expression());
  }
  tokens_.expect_operator("]");
  return make(ExprKind::List, line, std::move(items));
}

ExprPtr ExpressionParser::dict() {
  const int line = tokens_.line();
  tokens_.expect_operator("{");
  std::vector<ExprPtr> items;
  while (!tokens_.current().is_operator("}")) {
    if (!items.empty()) tokens_.expect_operator(",");
    if (tokens_.current().is_operator("}")) break;
    items.push_back(expression());
    tokens_.expect_operator(":");
    items.push_back(expression());
  }
  tokens_.expect_operator("}");
  return make(ExprKind::Dict, line, std::move(items));
}

namespace {

void check_target(const Expr& e) {
  switch (e.kind) {
    case ExprKind::Name:
    case ExprKind::Attribute:
      return;
    case ExprKind::Tuple:
      for (const ExprPtr& item : e.children) check_target(*item);
      return;
    default:
      TokenStream::fail(
          e.line, "can't assign to this: expected a name, names with commas between, or namespace.attribute");
  }
}

}  // namespace

ExprPtr ExpressionParser::target(Attributes attributes, std::string_view end) {
  const int line = tokens_.line();
  if (at_tuple_end(end)) tokens_.fail_expected("a name to assign to");
  std::vector<ExprPtr> items;
  items.push_back(primary(attributes));
  ExprPtr e;
  if (tokens_.current().is_operator(",")) {
    while (tokens_.skip_operator(",") && !at_tuple_end(end)) items.push_back(primary(attributes));
    e = make(ExprKind::Tuple, line, std::move(items));
  } else {
    e = std::move(items[0]);
  }
  check_target(*e);
  return e;
}

ExprPtr ExpressionParser::name_target() {
  const int line = tokens_.line();
  const std::string name = tokens_.take_name();
  for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"})
    if (name == constant) TokenStream::fail(line, fmt::format("can't assign to '{}'", name));
  ExprPtr e = make(ExprKind::Name, line);
  e->constant = heap_.string(name);
  return e;
}

}  // namespace fullshard::jinja
