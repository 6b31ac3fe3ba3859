#include "jinja/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "fullshard/jinja/error.hpp"
#include "jinja/expression_parser.hpp"

namespace fullshard::jinja {

namespace {

using Type = Token::Type;
using Attributes = ExpressionParser::Attributes;
using Ends = std::initializer_list<std::string_view>;

class StatementParser {
 public:
  StatementParser(TokenStream tokens, Program& program, const ParseLimits& limits)
      : tokens_(std::move(tokens)),
        program_(program),
        limits_(limits),
        expressions_(tokens_, program.heap, limits.depth) {}

  Block whole() {
    Block body = block({});
    if (tokens_.current().type != Type::End) tokens_.fail_expected("the end of the template");
    return body;
  }

 private:
  StatementPtr make(StatementKind kind) const {
    auto s = std::make_unique<Statement>();
    s->kind = kind;
    s->line = tokens_.line();
    return s;
  }

  // Statements up to a tag that starts with one of `ends`, which is the current token then; with none, up to
  // the end.
  Block block(Ends ends) {
    if (++depth_ > limits_.depth)
      throw TemplateError(ErrorKind::Limit, tokens_.line(),
                          fmt::format("depth: statements inside each other deeper than {}", limits_.depth));
    Block body;
    for (;;) {
      const Token& token = tokens_.current();
      if (token.type == Type::End) {
        if (ends.size() == 0) break;
        tokens_.fail_expected(fmt::format("{{% {} %}}", *(ends.end() - 1)));
      }
      if (token.type == Type::Text) {
        body.push_back(text());
      } else if (token.type == Type::PrintBegin) {
        body.push_back(print());
      } else {
        tokens_.expect(Type::BlockBegin);
        const bool at_end =
            std::any_of(ends.begin(), ends.end(), [&](auto end) { return tokens_.current().is_name(end); });
        if (at_end) break;
        statement(body);
        tokens_.expect(Type::BlockEnd);
      }
    }
    --depth_;
    return body;
  }

  // The body of a statement: its tag ends here, and the tag `ends` begins after it.
  Block body_until(Ends ends) {
    tokens_.skip_operator(":");
    tokens_.expect(Type::BlockEnd);
    return block(ends);
  }
  Block body_to(std::string_view end) {
    Block body = body_until({end});
    tokens_.expect_name(end);
    return body;
  }

  StatementPtr text() {
    StatementPtr s = make(StatementKind::Text);
    s->text = expressions_.constant_text(tokens_.take().text);
    return s;
  }

  StatementPtr print() {
    StatementPtr s = make(StatementKind::Print);
    tokens_.expect(Type::PrintBegin);
    s->expression = expressions_.tuple();
    tokens_.expect(Type::PrintEnd);
    return s;
  }

  void statement(Block& out) {
    if (tokens_.current().type != Type::Name) tokens_.fail_expected("the name of a statement");
    struct Row {
      std::string_view name;
      StatementPtr (StatementParser::*parse)();
    };
    static constexpr Row kRows[] = {{"if", &StatementParser::if_},
                                    {"for", &StatementParser::for_},
                                    {"set", &StatementParser::set},
                                    {"macro", &StatementParser::macro},
                                    {"call", &StatementParser::call},
                                    {"filter", &StatementParser::filter},
                                    {"with", &StatementParser::with},
                                    {"break", &StatementParser::break_},
                                    {"continue", &StatementParser::continue_},
                                    {"generation", &StatementParser::generation}};
    const std::string name = tokens_.current().text;
    if (name == "print") return print_statement(out);
    for (const Row& row : kRows)
      if (row.name == name) {
        out.push_back((this->*row.parse)());
        return;
      }
    unknown(name);
  }

  [[noreturn]] void unknown(const std::string& name) const {
    const int line = tokens_.line();
    for (const std::string_view other :
         {"block", "extends", "include", "import", "from", "autoescape", "do", "trans"})
      if (name == other)
        TokenStream::fail(
            line, fmt::format("{{% {} %}} has no meaning in a chat template, which is one text; write it out",
                              name));
    TokenStream::fail(
        line,
        fmt::format("Encountered unknown tag '{}'; expected a statement, or the end of one that is open",
                    name));
  }

  void print_statement(Block& out) {
    tokens_.take();
    for (bool first = true; tokens_.current().type != Type::BlockEnd; first = false) {
      if (!first) tokens_.expect_operator(",");
      StatementPtr s = make(StatementKind::Print);
      s->expression = expressions_.expression();
      out.push_back(std::move(s));
    }
  }

  StatementPtr if_() {
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

  StatementPtr for_() {
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

  StatementPtr set() {
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

  // Break and continue cannot leave what is run as a function of its own.
  template <typename Parse>
  Block outside_loops(Parse parse) {
    const int loops = std::exchange(loops_, 0);
    Block body = parse();
    loops_ = loops;
    return body;
  }

  void signature(MacroDefinition& macro) {
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

  StatementPtr macro() {
    StatementPtr s = make(StatementKind::Macro);
    tokens_.take();
    s->macro = std::make_unique<MacroDefinition>();
    s->target = expressions_.name_target();
    s->macro->name = s->target->constant.string();
    signature(*s->macro);
    s->macro->body = outside_loops([&] { return body_to("endmacro"); });
    return s;
  }

  StatementPtr call() {
    StatementPtr s = make(StatementKind::CallBlock);
    tokens_.take();
    s->macro = std::make_unique<MacroDefinition>();
    if (tokens_.current().is_operator("(")) signature(*s->macro);
    s->expression = expressions_.expression();
    if (s->expression->kind != ExprKind::Call)
      TokenStream::fail(s->line, "expected call: {% call macro(…) %}");
    s->macro->body = outside_loops([&] { return body_to("endcall"); });
    return s;
  }

  StatementPtr filter() {
    StatementPtr s = make(StatementKind::FilterBlock);
    tokens_.take();
    s->expression = expressions_.filters(nullptr, ExpressionParser::First::Inline);
    s->body = outside_loops([&] { return body_to("endfilter"); });
    return s;
  }

  StatementPtr with() {
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

  StatementPtr generation() {
    StatementPtr s = make(StatementKind::Generation);
    tokens_.take();
    program_.uses_generation = true;
    s->body = outside_loops([&] { return body_to("endgeneration"); });
    return s;
  }

  StatementPtr loop_control(StatementKind kind) {
    StatementPtr s = make(kind);
    if (loops_ == 0) TokenStream::fail(s->line, fmt::format("'{}' outside loop", tokens_.current().text));
    tokens_.take();
    return s;
  }
  StatementPtr break_() { return loop_control(StatementKind::Break); }
  StatementPtr continue_() { return loop_control(StatementKind::Continue); }

  TokenStream tokens_;
  Program& program_;
  const ParseLimits& limits_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace

std::unique_ptr<Program> parse_program(std::string_view source, const ParseLimits& limits) {
  auto program = std::make_unique<Program>();
  program->body = StatementParser(TokenStream(tokenize(source, limits)), *program, limits).whole();
  return program;
}

}  // namespace fullshard::jinja
