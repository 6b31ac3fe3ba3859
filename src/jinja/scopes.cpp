#include "jinja/scopes.hpp"

#include <map>
#include <set>
#include <span>
#include <string>

#include "fullshard/jinja/error.hpp"
#include "jinja/symbols.hpp"
#include "jinja/token_stream.hpp"

namespace fullshard::jinja {

namespace {

class Resolver {
 public:
  explicit Resolver(Program& program) : program_(program) {}

  void run() {
    FrameLayout frame{nullptr, 0};
    Symbols root(&frame, nullptr);
    root.visit(program_.body);
    resolve(program_.body, root);
    program_.start = start_of(root);
    program_.slots = frame.slots;
  }

 private:
  void resolve(const Block& body, Symbols& scope) {
    for (const StatementPtr& s : body) resolve(*s, scope);
  }

  void resolve(Statement& s, Symbols& scope) {
    switch (s.kind) {
      case StatementKind::If:
        for (Branch& branch : s.branches) {
          resolve(branch.test.get(), scope);
          resolve(branch.body, scope);
        }
        return;
      case StatementKind::For:
        return resolve_for(s, scope);
      case StatementKind::Macro:
        resolve(s.target.get(), scope);
        return resolve_macro(*s.macro, scope);
      case StatementKind::CallBlock:
        resolve(s.expression.get(), scope);
        return resolve_macro(*s.macro, scope);
      case StatementKind::With:
        return resolve_with(s, scope);
      case StatementKind::FilterBlock:
      case StatementKind::SetBlock:
      case StatementKind::Generation:
        return resolve_block(s, scope);
      default:
        resolve(s.expression.get(), scope);
        resolve(s.target.get(), scope);
    }
  }

  void resolve(Expr* e, const Symbols& scope) {
    if (e == nullptr) return;
    if (e->kind == ExprKind::Name) e->slot = scope.slot_of(e->constant.string());
    for (const ExprPtr& child : e->children) resolve(child.get(), scope);
  }

  // The three parts of a loop are scopes of their own: the body, the test of `for … if`, and else.
  void resolve_for(Statement& s, Symbols& outer) {
    resolve(s.expression.get(), outer);
    FrameLayout own{outer.frame(), 0};
    FrameLayout* const frame = s.recursive ? &own : outer.frame();

    Symbols body(frame, &outer);
    const bool uses_loop = s.recursive || mentions(s.body, "loop");
    if (uses_loop) body.parameter("loop");
    body.visit_target(*s.target);
    body.visit(s.body);
    if (uses_loop) s.loop_slot = body.slot_of("loop").index;
    if (uses_loop) check_loop_is_not_assigned(s);
    resolve(s.target.get(), body);
    if (s.test) {
      Symbols test(frame, &outer);
      test.share_target(*s.target, body);
      test.visit(s.test.get());
      resolve(s.test.get(), test);
      s.test_start = start_of(test);
    }
    resolve(s.body, body);
    s.start = start_of(body);

    Symbols otherwise(frame, &outer);
    otherwise.visit(s.otherwise);
    resolve(s.otherwise, otherwise);
    s.otherwise_start = start_of(otherwise);
    if (s.recursive) s.frame_slots = own.slots;
  }

  static void check_loop_is_not_assigned(const Statement& s) {
    if (assigns(s, "loop"))
      TokenStream::fail(s.line, "Can't assign to special loop variable in for-loop target");
  }

  void resolve_macro(MacroDefinition& macro, Symbols& outer) {
    FrameLayout frame{outer.frame(), 0};
    Symbols scope(&frame, &outer);
    for (const ExprPtr& p : macro.parameters) {
      const std::string_view name = p->constant.string();
      scope.parameter(name);
      macro.caller_is_parameter |= name == "caller";
    }
    for (const ExprPtr& d : macro.defaults) scope.visit(d.get());
    scope.visit(macro.body);
    const auto special = [&](std::string_view name) {
      if (scope.is_parameter(name) || !mentions(macro.body, name)) return -1;
      scope.parameter(name);
      return scope.slot_of(name).index;
    };
    if (!macro.caller_is_parameter) macro.caller = special("caller");
    macro.kwargs = special("kwargs");
    macro.varargs = special("varargs");
    for (const ExprPtr& p : macro.parameters) resolve(p.get(), scope);
    for (const ExprPtr& d : macro.defaults) resolve(d.get(), scope);
    resolve(macro.body, scope);
    macro.start = start_of(scope);
    macro.slots = frame.slots;
  }

  void resolve_with(Statement& s, Symbols& outer) {
    for (const ExprPtr& value : s.values) resolve(value.get(), outer);
    Symbols scope(outer.frame(), &outer);
    for (const ExprPtr& target : s.targets) scope.visit_target(*target);
    scope.visit(s.body);
    for (const ExprPtr& target : s.targets) resolve(target.get(), scope);
    resolve(s.body, scope);
    s.start = start_of(scope);
  }

  void resolve_block(Statement& s, Symbols& outer) {
    Symbols scope(outer.frame(), &outer);
    scope.visit(s.body);
    scope.visit(s.expression.get());
    resolve(s.body, scope);
    resolve(s.expression.get(), scope);
    resolve(s.target.get(), outer);
    s.start = start_of(scope);
  }

  ScopeStart start_of(const Symbols& scope) {
    ScopeStart start;
    for (const auto& [name, load] : scope.loads()) {
      SlotStart s{load.from, scope.slot_of(name).index, 0, load.outer};
      if (load.from == SlotStart::From::Context) s.context = context_name(name);
      if (!load.is_parameter) start.push_back(s);
    }
    return start;
  }

  int context_name(const std::string& name) {
    const auto [at, is_new] = context_.emplace(name, static_cast<int>(program_.context_names.size()));
    if (is_new) program_.context_names.push_back(program_.heap.string(name));
    return at->second;
  }

  Program& program_;
  std::map<std::string, int> context_;
};

}  // namespace

void resolve_names(Program& program) {
  Resolver(program).run();
}

}  // namespace fullshard::jinja
