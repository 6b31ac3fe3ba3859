#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>
#include <utility>

#include "jinja/ast.hpp"
#include "jinja/expression_parser.hpp"
#include "jinja/token_stream.hpp"

namespace fullshard::jinja {

/// Statements, by recursive descent: what all share is in parser.cpp, each kind in statement_parser.cpp.
class StatementParser {
 public:
  StatementParser(TokenStream tokens, Program& program, const ParseLimits& limits)
      : tokens_(std::move(tokens)),
        program_(program),
        limits_(limits),
        expressions_(tokens_, program.heap, limits.depth) {}

  Block whole();

 private:
  using Ends = std::initializer_list<std::string_view>;

  StatementPtr make(StatementKind kind) const;
  // Statements up to a tag that starts with one of `ends`, which is the current token then; with none, up to
  // the end.
  Block block(Ends ends);
  // The body of a statement: its tag ends here, and the tag `ends` begins after it.
  Block body_until(Ends ends);
  Block body_to(std::string_view end);
  StatementPtr text();
  StatementPtr print();
  void statement(Block& out);
  [[noreturn]] void unknown(const std::string& name) const;
  void print_statement(Block& out);

  StatementPtr if_();
  StatementPtr for_();
  StatementPtr set();
  void signature(MacroDefinition& macro);
  StatementPtr macro();
  StatementPtr call();
  StatementPtr filter();
  StatementPtr with();
  StatementPtr generation();
  StatementPtr loop_control(StatementKind kind);
  StatementPtr break_();
  StatementPtr continue_();

  // Break and continue cannot leave what is run as a function of its own.
  template <typename Parse>
  Block outside_loops(Parse parse) {
    const int loops = std::exchange(loops_, 0);
    Block body = parse();
    loops_ = loops;
    return body;
  }

  TokenStream tokens_;
  Program& program_;
  const ParseLimits& limits_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace fullshard::jinja
