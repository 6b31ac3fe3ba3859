#pragma once

#include <span>
#include <string_view>

#include "jinja/ast.hpp"
#include "jinja/token_stream.hpp"

namespace fullshard::jinja {

/// Expressions, by recursive descent with the precedences of Jinja2's parser.py.
class ExpressionParser {
 public:
  ExpressionParser(TokenStream& tokens, Heap& constants, int depth_limit)
      : tokens_(tokens), heap_(constants), depth_limit_(depth_limit) {}

  enum class Conditionals { Allowed, NotAllowed };

  ExprPtr expression() { return conditional(); }
  /// One expression, or several with commas between: a tuple. `end` ends it, too (`recursive` after what a
  /// loop goes through).
  ExprPtr tuple(Conditionals conditionals = Conditionals::Allowed, std::string_view end = {});
  /// What can be assigned to: a name, a tuple of such; with `attributes` also namespace.attribute.
  enum class Attributes { Allowed, NotAllowed };
  ExprPtr target(Attributes attributes, std::string_view end = {});
  ExprPtr name_target();
  /// `name(…) | name …` on `value`, which is null in filter blocks; `inline_first`: the first has no bar
  /// before it.
  enum class First { AfterBar, Inline };
  ExprPtr filters(ExprPtr value, First first);

  /// Filters and tests that do not exist are an error of the template at once, but inside of an `if` only
  /// when they run.
  int conditional_levels = 0;

  ExprPtr make(ExprKind kind, int line, std::vector<ExprPtr> children = {}) const;
  Value constant_text(std::string_view text) { return heap_.string(text); }

 private:
  struct Nesting;
  ExprPtr conditional();
  ExprPtr disjunction();
  ExprPtr conjunction();
  ExprPtr negation();
  ExprPtr comparison();
  ExprPtr sum();
  ExprPtr concatenation();
  ExprPtr product();
  ExprPtr power();
  enum class WithFilters { Yes, No };
  ExprPtr unary(WithFilters filters = WithFilters::Yes);
  ExprPtr primary(Attributes attributes = Attributes::NotAllowed);
  ExprPtr named(Attributes attributes);
  ExprPtr parenthesised();
  ExprPtr list();
  ExprPtr dict();
  ExprPtr postfix(ExprPtr value);
  ExprPtr after_filters(ExprPtr value);
  ExprPtr subscript(ExprPtr value);
  ExprPtr subscribed();
  ExprPtr test(ExprPtr value);
  ExprPtr call(ExprPtr callee);
  void arguments(Expr& call);
  std::string dotted_name();
  ExprPtr binary(BinaryOp op, ExprPtr left, ExprPtr right) const;
  bool at_tuple_end(std::string_view end) const;

  TokenStream& tokens_;
  Heap& heap_;
  int depth_limit_;
  int depth_ = 0;
};

}  // namespace fullshard::jinja
