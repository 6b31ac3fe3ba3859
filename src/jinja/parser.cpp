#include "jinja/parser.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/jinja/error.hpp"
#include "jinja/fail.hpp"
#include "jinja/statement_parser.hpp"

namespace fullshard::jinja {
namespace {

using Type = Token::Type;

/// "{% elif %}, {% else %} or {% endif %}"
std::string one_of(std::initializer_list<std::string_view> tags) {
  std::string text;
  for (const auto& tag : tags) {
    if (!text.empty()) text += &tag == tags.end() - 1 ? " or " : ", ";
    text += fmt::format("{{% {} %}}", tag);
  }
  return text;
}

}  // namespace

Block StatementParser::whole() {
  Block body = block({});
  if (tokens_.current().type != Type::End) tokens_.fail_expected("the end of the template");
  return body;
}

StatementPtr StatementParser::make(StatementKind kind) const {
  auto s = std::make_unique<Statement>();
  s->kind = kind;
  s->line = tokens_.line();
  return s;
}

Block StatementParser::block(Ends ends) {
  if (++depth_ > limits_.depth)
    throw TemplateError(ErrorKind::Limit, tokens_.line(),
                        fmt::format("depth: statements inside each other deeper than {}", limits_.depth));
  Block body;
  for (;;) {
    const Token& token = tokens_.current();
    if (token.type == Type::End) {
      if (ends.size() == 0) break;
      tokens_.fail_expected(one_of(ends));
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

Block StatementParser::body_until(Ends ends) {
  tokens_.skip_operator(":");
  tokens_.expect(Type::BlockEnd);
  return block(ends);
}

Block StatementParser::body_to(std::string_view end) {
  Block body = body_until({end});
  tokens_.expect_name(end);
  return body;
}

StatementPtr StatementParser::text() {
  StatementPtr s = make(StatementKind::Text);
  s->text = expressions_.constant_text(tokens_.take().text);
  return s;
}

StatementPtr StatementParser::print() {
  StatementPtr s = make(StatementKind::Print);
  tokens_.expect(Type::PrintBegin);
  s->expression = expressions_.tuple();
  tokens_.expect(Type::PrintEnd);
  return s;
}

void StatementParser::statement(Block& out) {
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

void StatementParser::unknown(const std::string& name) const {
  const int line = tokens_.line();
  for (const std::string_view other :
       {"block", "extends", "include", "import", "from", "autoescape", "do", "trans"})
    if (name == other)
      TokenStream::fail(
          line,
          fmt::format("{{% {} %}} has no meaning in a chat template, which is one text; write it out", name));
  TokenStream::fail(
      line, fmt::format("Encountered unknown tag {}; expected a statement, or the end of one that is open",
                        shown_name(name)));
}

void StatementParser::print_statement(Block& out) {
  tokens_.take();
  for (bool first = true; tokens_.current().type != Type::BlockEnd; first = false) {
    if (!first) tokens_.expect_operator(",");
    StatementPtr s = make(StatementKind::Print);
    s->expression = expressions_.expression();
    out.push_back(std::move(s));
  }
}

std::unique_ptr<Program> parse_program(std::string_view source, const ParseLimits& limits) {
  auto program = std::make_unique<Program>();
  program->body = StatementParser(TokenStream(tokenize(source, limits)), *program, limits).whole();
  return program;
}

}  // namespace fullshard::jinja
