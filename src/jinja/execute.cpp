// Interpreter: statements.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

Interpreter::Interpreter(const Program& program, const RenderOptions& options)
    : program_(program), options_(options), heap_(options.limits) {}

Rendered Interpreter::run(const Value& context) {
  if (!context.is(Kind::Dict))
    fail(ErrorKind::Type,
         fmt::format("the variables of a template are a dict, not '{}'", type_name(context)));
  for (const Value& name : program_.context_names) {
    Value v;
    if (const Value* given_value = find(heap_, context.dict(), name)) {
      v = *given_value;
    } else if (const Native* global = find_global(name.string())) {
      Function f{Function::Type::Global};
      f.native = global;
      v = Value::function(heap_.make(f));
    }
    context_.push_back(v);
  }
  Frame root{nullptr, heap_.values(static_cast<size_t>(program_.slots))};
  frame_ = heap_.make(root);
  enter(program_.start);
  execute(program_.body);
  return std::move(rendered_);
}

void Interpreter::enter(const ScopeStart& start) {
  heap_.spend(static_cast<int64_t>(start.size()));
  for (const SlotStart& s : start) {
    Value& slot = frame_->slots[static_cast<size_t>(s.index)];
    switch (s.from) {
      case SlotStart::From::Nothing:
        slot = Value{};
        break;
      case SlotStart::From::Context:
        slot = context_[static_cast<size_t>(s.context)];
        break;
      case SlotStart::From::Outer:
        slot = variable(s.outer);
        break;
    }
  }
}

Interpreter::Flow Interpreter::execute(const Block& body) {
  for (const StatementPtr& s : body) {
    line_ = s->line;
    if (s->kind == StatementKind::Text) {
      write(s->text.string());
    } else if (const Flow flow = execute(*s); flow != Flow::On) {
      return flow;
    }
  }
  return Flow::On;
}

Interpreter::Flow Interpreter::execute(const Statement& s) {
  const Level level(*this);
  switch (s.kind) {
    case StatementKind::Text:
      write(s.text.string());
      break;
    case StatementKind::Print:
      print(*s.expression);
      break;
    case StatementKind::If:
      return execute_if(s);
    case StatementKind::For:
      execute_for(s);
      break;
    case StatementKind::Set:
      assign(*s.target, evaluate(*s.expression));
      break;
    case StatementKind::Macro: {
      Function f{Function::Type::Macro};
      f.macro = s.macro.get();
      f.frame = frame_;
      assign(*s.target, Value::function(heap_.make(f)));
      break;
    }
    case StatementKind::CallBlock: {
      Function f{Function::Type::Macro};
      f.macro = s.macro.get();
      f.frame = frame_;
      const Value caller = Value::function(heap_.make(f));
      print_call(*s.expression, &caller);
      break;
    }
    case StatementKind::With: {
      enter(s.start);
      for (size_t i = 0; i < s.targets.size(); ++i) assign(*s.targets[i], evaluate(*s.values[i]));
      return execute(s.body);
    }
    case StatementKind::SetBlock:
    case StatementKind::FilterBlock:
      execute_block(s);
      break;
    case StatementKind::Generation:
      execute_generation(s);
      break;
    case StatementKind::Break:
      return Flow::Break;
    case StatementKind::Continue:
      return Flow::Continue;
  }
  return Flow::On;
}

Interpreter::Flow Interpreter::execute_if(const Statement& s) {
  for (const Branch& branch : s.branches) {
    heap_.spend(1);  // a name as a test counts nothing itself
    if (!branch.test || is_true(evaluate(*branch.test))) return execute(branch.body);
  }
  return Flow::On;
}

void Interpreter::execute_for(const Statement& s) {
  const Value iterable = evaluate(*s.expression);
  line_ = s.line;
  if (s.recursive) return run_recursive(s, frame_, iterable, 0);
  run_loop(s, items_of(heap_, iterable), 0, frame_);
}

void Interpreter::run_recursive(const Statement& s, Frame* outer, const Value& iterable, int64_t depth0) {
  const auto items = items_of(heap_, iterable);
  Frame* const before =
      std::exchange(frame_, heap_.make(Frame{outer, heap_.values(static_cast<size_t>(s.frame_slots))}));
  run_loop(s, items, depth0, outer);
  frame_ = before;
}

std::span<const Value> Interpreter::filtered(const Statement& s, std::span<const Value> items) {
  const auto room = heap_.values(items.size());
  size_t kept = 0;
  enter(s.test_start);
  for (const Value& item : items) {
    assign(*s.target, item);
    if (is_true(evaluate(*s.test))) room[kept++] = item;
  }
  return room.first(kept);
}

void Interpreter::run_loop(const Statement& s, std::span<const Value> items, int64_t depth0, Frame* outer) {
  if (s.test) items = filtered(s, items);
  Loop* const loop =
      s.loop_slot < 0 ? nullptr : heap_.make(Loop{items, 0, depth0, {}, s.recursive ? &s : nullptr, outer});
  bool completed = false;  // as Jinja2 has it: what leaves its only turn by break or continue goes to else
  for (size_t i = 0; i < items.size(); ++i) {
    heap_.spend(1);
    assign(*s.target, items[i]);
    if (loop != nullptr) {
      loop->index0 = i;
      frame_->slots[static_cast<size_t>(s.loop_slot)] = Value::loop(loop);
    }
    enter(s.start);
    const Flow flow = execute(s.body);
    if (flow == Flow::On) completed = true;
    if (flow == Flow::Break) break;
  }
  if (!completed && !s.otherwise.empty()) {
    enter(s.otherwise_start);
    execute(s.otherwise);
  }
}

void Interpreter::execute_block(const Statement& s) {
  enter(s.start);
  Value text = captured([&] { execute(s.body); });
  // The innermost filter of a block has no value of its own: it gets the text.
  const auto apply = [&](const auto& self, const Expr& e) -> Value {
    const Value piped = e.children[0] ? self(self, *e.children[0]) : text;
    return evaluate_native(e, &piped);
  };
  if (s.expression) text = apply(apply, *s.expression);
  if (s.kind == StatementKind::SetBlock)
    assign(*s.target, text);
  else
    write_value(text);
}

void Interpreter::execute_generation(const Statement& s) {
  enter(s.start);
  const size_t begin = out_->size();
  execute(s.body);
  if (out_ == &rendered_.text)
    rendered_.generated.push_back({begin, out_->size()});
  else
    ++rendered_.generated_elsewhere;
}

void Interpreter::assign(const Expr& target, const Value& v) {
  if (target.kind == ExprKind::Name) {
    variable(target.slot) = v;
    return;
  }
  if (target.kind == ExprKind::Attribute) {
    const Value object = evaluate(*target.children[0]);
    if (!object.is(Kind::Namespace))
      fail(ErrorKind::Runtime, "cannot assign attribute on non-namespace object");
    return set_attribute(heap_, object.name_space(), target.constant, v);
  }
  const size_t wanted = target.children.size();
  if (!is_iterable(v))
    fail(ErrorKind::Type, fmt::format("cannot unpack non-iterable {} object", type_name(v)));
  const auto items = items_of(heap_, v);
  if (items.size() < wanted)
    fail(ErrorKind::Value,
         fmt::format("not enough values to unpack (expected {}, got {})", wanted, items.size()));
  if (items.size() > wanted)
    fail(ErrorKind::Value, fmt::format("too many values to unpack (expected {})", wanted));
  for (size_t i = 0; i < wanted; ++i) assign(*target.children[i], items[i]);
}

void Interpreter::print(const Expr& e) {
  if (e.kind == ExprKind::Call) return print_call(e, nullptr);
  write_value(evaluate(e));
}

void Interpreter::write(std::string_view text) {
  check_text_size(heap_, out_->size() + text.size());
  heap_.spend_on_text(text.size());
  out_->append(text);
}

void Interpreter::write_value(const Value& v) {
  if (v.is(Kind::String)) return write(v.string());
  append_str(heap_, v, *out_);
}

}  // namespace fullshard::jinja
