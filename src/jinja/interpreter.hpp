#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fullshard/jinja/template.hpp"
#include "jinja/ast.hpp"
#include "jinja/objects.hpp"

namespace fullshard::jinja {

/// One rendering: walks the tree, writes text. Errors carry line 0; line() says where they came about.
class Interpreter {
 public:
  Interpreter(const Program& program, const RenderOptions& options);

  Rendered run(const Value& context);
  int line() const { return line_; }

  // For natives.
  Heap& heap() { return heap_; }
  const std::optional<std::tm>& now() const { return options_.now; }
  Value call(const Value& callee, const Arguments& arguments);
  Value call_filter(std::string_view name, const Arguments& arguments);
  bool call_test(std::string_view name, const Arguments& arguments);

 private:
  enum class Flow { On, Break, Continue };
  struct Level;
  class ArgumentList;

  // evaluate.cpp
  Value evaluate(const Expr& e);
  Value evaluate_composite(const Expr& e);
  Value evaluate_items(const Expr& e);
  Value evaluate_dict(const Expr& e);
  Value evaluate_concat(const Expr& e);
  bool evaluate_compare(const Expr& e);
  bool compare(Comparison op, const Value& left, const Value& right);
  Value evaluate_slice(const Value& object, const Expr& slice);
  Value evaluate_native(const Expr& e, const Value* piped);
  Value read(const Expr& name);
  Value& variable(Slot slot);

  // calls.cpp
  Value evaluate_call(const Expr& e, const Value* caller);
  void print_call(const Expr& e, const Value* caller);
  bool writes_itself(const Value& callee) const;
  void write_call(const Value& callee, const Arguments& arguments);
  void run_macro(const Function& f, const Arguments& arguments);
  void bind_macro(const MacroDefinition& m, const Arguments& arguments, std::span<Value> slots);
  void bind_rest(const MacroDefinition& m, const Arguments& arguments, std::span<const char> used,
                 std::span<Value> slots);
  void run_loop_again(const Loop& loop, const Arguments& arguments);

  // execute.cpp
  Flow execute(const Block& body);
  Flow execute(const Statement& s);
  Flow execute_if(const Statement& s);
  void execute_for(const Statement& s);
  void run_recursive(const Statement& s, Frame* outer, const Value& iterable, int64_t depth0);
  void run_loop(const Statement& s, std::span<const Value> items, int64_t depth0, Frame* outer);
  std::span<const Value> filtered(const Statement& s, std::span<const Value> items);
  void execute_block(const Statement& s);
  void execute_generation(const Statement& s);
  void enter(const ScopeStart& start);
  void assign(const Expr& target, const Value& v);
  void print(const Expr& e);
  void write(std::string_view text);
  void write_value(const Value& v);
  /// What `body` writes, as a value.
  template <typename Body>
  Value captured(Body body) {
    std::string buffer;
    std::string* const outer = std::exchange(out_, &buffer);
    body();
    out_ = outer;
    return heap_.string(buffer);
  }

  const Program& program_;
  const RenderOptions& options_;
  Heap heap_;
  std::vector<Value> context_;  // of Program::context_names
  Frame* frame_ = nullptr;
  Rendered rendered_;
  std::string* out_ = &rendered_.text;
  int depth_ = 0;
  int line_ = 1;
};

/// Counts how deep the interpreter is in itself.
struct Interpreter::Level {
  explicit Level(Interpreter& i);
  ~Level() { --in.depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;
  Interpreter& in;
};

}  // namespace fullshard::jinja
