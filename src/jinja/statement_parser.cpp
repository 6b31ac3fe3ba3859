#include "jinja/statement_parser.hpp"

#include <fmt/format.h>

namespace fullshard::jinja {

using Type = Token::Type;
using Attributes = ExpressionParser::Attributes;

StatementPtr StatementParser::if_() {
  StatementPtr s = make(StatementKind::If);
  ++expressions_.conditional_levels;
  do {
    tokens_.take();
    Branch branch;
    branch.test = expressions_.tuple(ExpressionParser::Conditionals::NotAllowed);
    branch.body = body_until({"elif", "else", "endif"});
    s->branches.push_back(std::move(branch));
  } while (tokens_.current().is_name("elif"));
  if (tokens_.skip_name("else")) {
    Branch branch;
    branch.body = body_until({"endif"});
    s->branches.push_back(std::move(branch));
  }
  --expressions_.conditional_levels;
  tokens_.expect_name("endif");
  return s;
}

StatementPtr StatementParser::for_() {
  StatementPtr s = make(StatementKind::For);
  tokens_.take();
  s->target = expressions_.target(Attributes::NotAllowed, "in");
  tokens_.expect_name("in");
  s->expression = expressions_.tuple(ExpressionParser::Conditionals::NotAllowed, "recursive");
  if (tokens_.skip_name("if")) s->test = expressions_.expression();
  s->recursive = tokens_.skip_name("recursive");
  ++loops_;
  s->body = body_until({"endfor", "else"});
  --loops_;
  if (tokens_.skip_name("else")) s->otherwise = body_until({"endfor"});
  tokens_.expect_name("endfor");
  return s;
}

StatementPtr StatementParser::set() {
  StatementPtr s = make(StatementKind::Set);
  tokens_.take();
  s->target = expressions_.target(Attributes::Allowed);
  if (tokens_.skip_operator("=")) {
    s->expression = expressions_.tuple();
    return s;
  }
  s->kind = StatementKind::SetBlock;
  s->expression = expressions_.filters(nullptr, ExpressionParser::First::AfterBar);
  s->body = outside_loops([&] { return body_to("endset"); });
  return s;
}

void StatementParser::signature(MacroDefinition& macro) {
  tokens_.expect_operator("(");
  while (!tokens_.current().is_operator(")")) {
    if (!macro.parameters.empty()) tokens_.expect_operator(",");
    macro.parameters.push_back(expressions_.name_target());
    if (tokens_.skip_operator("="))
      macro.defaults.push_back(expressions_.expression());
    else if (!macro.defaults.empty())
      TokenStream::fail(tokens_.line(), "non-default argument follows default argument");
  }
  tokens_.expect_operator(")");
}

StatementPtr StatementParser::macro() {
  StatementPtr s = make(StatementKind::Macro);
  tokens_.take();
  s->macro = std::make_unique<MacroDefinition>();
  s->target = expressions_.name_target();
  s->macro->name = s->target->constant.string();
  signature(*s->macro);
  s->macro->body = outside_loops([&] { return body_to("endmacro"); });
  return s;
}

StatementPtr StatementParser::call() {
  StatementPtr s = make(StatementKind::CallBlock);
  tokens_.take();
  s->macro = std::make_unique<MacroDefinition>();
  if (tokens_.current().is_operator("(")) signature(*s->macro);
  s->expression = expressions_.expression();
  if (s->expression->kind != ExprKind::Call) TokenStream::fail(s->line, "expected call: {% call macro(…) %}");
  s->macro->body = outside_loops([&] { return body_to("endcall"); });
  return s;
}

StatementPtr StatementParser::filter() {
  StatementPtr s = make(StatementKind::FilterBlock);
  tokens_.take();
  s->expression = expressions_.filters(nullptr, ExpressionParser::First::Inline);
  s->body = outside_loops([&] { return body_to("endfilter"); });
  return s;
}

StatementPtr StatementParser::with() {
  StatementPtr s = make(StatementKind::With);
  tokens_.take();
  while (tokens_.current().type != Type::BlockEnd) {
    if (!s->targets.empty()) tokens_.expect_operator(",");
    s->targets.push_back(expressions_.target(Attributes::NotAllowed));
    tokens_.expect_operator("=");
    s->values.push_back(expressions_.expression());
  }
  s->body = body_to("endwith");
  return s;
}

StatementPtr StatementParser::generation() {
  StatementPtr s = make(StatementKind::Generation);
  tokens_.take();
  program_.uses_generation = true;
  s->body = outside_loops([&] { return body_to("endgeneration"); });
  return s;
}

StatementPtr StatementParser::loop_control(StatementKind kind) {
  StatementPtr s = make(kind);
  if (loops_ == 0) TokenStream::fail(s->line, fmt::format("'{}' outside loop", tokens_.current().text));
  tokens_.take();
  return s;
}

StatementPtr StatementParser::break_() {
  return loop_control(StatementKind::Break);
}

StatementPtr StatementParser::continue_() {
  return loop_control(StatementKind::Continue);
}

}  // namespace fullshard::jinja
