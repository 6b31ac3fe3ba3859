#include "jinja/expression_parser.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/jinja/error.hpp"

namespace fullshard::jinja {

using Type = Token::Type;

// Counts how deep the parser is in itself: a template of a million brackets must not end in a stack overflow.
struct ExpressionParser::Nesting {
  explicit Nesting(ExpressionParser& p) : parser(p) {
    if (++parser.depth_ > parser.depth_limit_)
      throw TemplateError(
          ErrorKind::Limit, parser.tokens_.line(),
          fmt::format("depth: expressions inside each other deeper than {}", parser.depth_limit_));
  }
  ~Nesting() { --parser.depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  ExpressionParser& parser;
};

ExprPtr ExpressionParser::make(ExprKind kind, int line, std::vector<ExprPtr> children) const {
  auto e = std::make_unique<Expr>();
  e->kind = kind;
  e->line = line;
  for (const ExprPtr& child : children)
    if (child) e->depth = std::max(e->depth, child->depth + 1);
  // a + b + c + … nests to the left without any nesting in the parser.
  if (e->depth > depth_limit_)
    throw TemplateError(ErrorKind::Limit, line,
                        fmt::format("depth: expressions inside each other deeper than {}", depth_limit_));
  e->children = std::move(children);
  return e;
}

namespace {

template <typename... E>
std::vector<ExprPtr> children(E... each) {
  std::vector<ExprPtr> out;
  (out.push_back(std::move(each)), ...);
  return out;
}

}  // namespace

ExprPtr ExpressionParser::binary(BinaryOp op, ExprPtr left, ExprPtr right) const {
  const int line = left->line;
  ExprPtr e = make(ExprKind::Binary, line, children(std::move(left), std::move(right)));
  e->op = op;
  return e;
}

ExprPtr ExpressionParser::conditional() {
  const Nesting nesting(*this);
  int line = tokens_.line();
  ExprPtr value = disjunction();
  while (tokens_.skip_name("if")) {
    ++conditional_levels;
    ExprPtr condition = disjunction();
    ExprPtr otherwise = tokens_.skip_name("else") ? conditional() : nullptr;
    --conditional_levels;
    value = make(ExprKind::Conditional, line,
                 children(std::move(condition), std::move(value), std::move(otherwise)));
    line = tokens_.line();
  }
  return value;
}

ExprPtr ExpressionParser::disjunction() {
  const int line = tokens_.line();
  ExprPtr left = conjunction();
  while (tokens_.skip_name("or")) {
    ExprPtr right = conjunction();
    left = make(ExprKind::Or, line, children(std::move(left), std::move(right)));
  }
  return left;
}

ExprPtr ExpressionParser::conjunction() {
  const int line = tokens_.line();
  ExprPtr left = negation();
  while (tokens_.skip_name("and")) {
    ExprPtr right = negation();
    left = make(ExprKind::And, line, children(std::move(left), std::move(right)));
  }
  return left;
}

ExprPtr ExpressionParser::negation() {
  const int line = tokens_.line();
  if (!tokens_.skip_name("not")) return comparison();
  const Nesting nesting(*this);
  return make(ExprKind::Not, line, children(negation()));
}

ExprPtr ExpressionParser::comparison() {
  static constexpr std::pair<std::string_view, Comparison> kOperators[] = {
      {"==", Comparison::Equal},     {"!=", Comparison::NotEqual}, {"<", Comparison::Less},
      {"<=", Comparison::LessEqual}, {">", Comparison::Greater},   {">=", Comparison::GreaterEqual}};
  const int line = tokens_.line();
  std::vector<ExprPtr> operands = children(sum());
  std::vector<Comparison> comparisons;
  for (;;) {
    const Token& token = tokens_.current();
    const auto* const op = std::find_if(std::begin(kOperators), std::end(kOperators),
                                        [&](const auto& o) { return token.is_operator(o.first); });
    if (op != std::end(kOperators)) {
      tokens_.take();
      comparisons.push_back(op->second);
    } else if (tokens_.skip_name("in")) {
      comparisons.push_back(Comparison::In);
    } else if (token.is_name("not") && tokens_.next().is_name("in")) {
      tokens_.take();
      tokens_.take();
      comparisons.push_back(Comparison::NotIn);
    } else {
      break;
    }
    operands.push_back(sum());
  }
  if (comparisons.empty()) return std::move(operands[0]);
  ExprPtr e = make(ExprKind::Compare, line, std::move(operands));
  e->comparisons = std::move(comparisons);
  return e;
}

ExprPtr ExpressionParser::sum() {
  ExprPtr left = concatenation();
  for (;;) {
    if (tokens_.skip_operator("+"))
      left = binary(BinaryOp::Add, std::move(left), concatenation());
    else if (tokens_.skip_operator("-"))
      left = binary(BinaryOp::Subtract, std::move(left), concatenation());
    else
      return left;
  }
}

ExprPtr ExpressionParser::concatenation() {
  const int line = tokens_.line();
  std::vector<ExprPtr> parts = children(product());
  while (tokens_.skip_operator("~")) parts.push_back(product());
  return parts.size() == 1 ? std::move(parts[0]) : make(ExprKind::Concat, line, std::move(parts));
}

ExprPtr ExpressionParser::product() {
  static constexpr std::pair<std::string_view, BinaryOp> kOperators[] = {{"*", BinaryOp::Multiply},
                                                                         {"/", BinaryOp::Divide},
                                                                         {"//", BinaryOp::FloorDivide},
                                                                         {"%", BinaryOp::Modulo}};
  ExprPtr left = power();
  for (;;) {
    const auto* const op = std::find_if(std::begin(kOperators), std::end(kOperators),
                                        [&](const auto& o) { return tokens_.skip_operator(o.first); });
    if (op == std::end(kOperators)) return left;
    left = binary(op->second, std::move(left), power());
  }
}

ExprPtr ExpressionParser::power() {
  ExprPtr left = unary();
  while (tokens_.skip_operator("**")) left = binary(BinaryOp::Power, std::move(left), unary());
  return left;
}

// The minus binds before attributes are looked up, -x.y is -(x).y to the parser: so Jinja2 has it.
ExprPtr ExpressionParser::unary(WithFilters filters) {
  const Nesting nesting(*this);
  const int line = tokens_.line();
  ExprPtr value;
  if (tokens_.skip_operator("-")) {
    value = make(ExprKind::Negative, line, children(unary(WithFilters::No)));
  } else if (tokens_.skip_operator("+")) {
    value = make(ExprKind::Positive, line, children(unary(WithFilters::No)));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  return filters == WithFilters::Yes ? after_filters(std::move(value)) : std::move(value);
}

}  // namespace fullshard::jinja
