// Interpreter: calls of functions, macros and recursive loops.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/argument_list.hpp"
#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/markup.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

void Interpreter::ArgumentList::add_positional(const Value& list) {
  const auto more = items_of(heap_, list);
  const auto room = heap_.values(count_ + more.size());
  std::copy(more.begin(), more.end(), std::copy_n(positional_.begin(), count_, room.begin()));
  positional_ = room;
  count_ = room.size();
}

void Interpreter::ArgumentList::add_named(const Value& dict) {
  if (!dict.is(Kind::Dict))
    fail(ErrorKind::Type, fmt::format("argument after ** must be a mapping, not {}", type_name(dict)));
  for (const DictEntry& entry : dict.dict().entries) {
    if (!entry.key.is(Kind::String)) fail(ErrorKind::Type, "keywords must be strings");
    heap_.spend(1 + static_cast<int64_t>(named_.size()));
    const bool twice = std::any_of(named_.begin(), named_.end(), [&](const NamedValue& n) {
      return equal_text(heap_, n.name.string(), entry.key.string());
    });
    if (twice)
      fail(ErrorKind::Type,
           fmt::format("got multiple values for keyword argument {}", shown_name(entry.key.string())));
    named_.push_back({entry.key, entry.value});
  }
}

std::string macro_text(const MacroDefinition& macro) {
  return macro.name.empty() ? "<Macro anonymous>" : fmt::format("<Macro '{}'>", macro.name);
}

// Whether calling it writes text rather than giving a value.
bool Interpreter::writes_itself(const Value& callee) const {
  if (callee.is(Kind::Loop)) return true;
  return callee.is(Kind::Function) && callee.function().type == Function::Type::Macro;
}

void Interpreter::write_call(const Value& callee, const Arguments& arguments) {
  const Level level(*this);
  if (callee.is(Kind::Loop)) return run_loop_again(callee.loop(), arguments);
  run_macro(callee.function(), arguments);
}

Value Interpreter::call(const Value& callee, const Arguments& arguments) {
  require_defined(callee);
  if (writes_itself(callee)) return captured([&] { write_call(callee, arguments); });
  if (!callee.is(Kind::Function))
    fail(ErrorKind::Type, fmt::format("'{}' object is not callable", type_name(callee)));
  const Function& f = callee.function();
  switch (f.type) {
    case Function::Type::Global:
      return call_native(*this, *f.native, arguments);
    case Function::Type::Method: {
      const auto positional = heap_.values(arguments.positional.size() + 1);
      positional[0] = f.self;
      std::copy(arguments.positional.begin(), arguments.positional.end(), positional.begin() + 1);
      const Arguments all{positional, arguments.named};
      return f.self.is_markup() ? call_method_of_markup(*this, *f.native, all)
                                : call_native(*this, *f.native, all);
    }
    case Function::Type::Joiner:
      return std::exchange(*f.state, 1u) != 0 ? f.self : Value::string({});
    default:
      fail(ErrorKind::Type, fmt::format("'{}' object is not callable", type_name(callee)));
  }
}

Value Interpreter::evaluate_call(const Expr& e, const Value* caller) {
  const Value callee = evaluate(*e.children[0]);
  const ArgumentList arguments(*this, e, nullptr, caller);
  line_ = e.line;
  return call(callee, arguments.get());
}

// What a macro writes goes where the call stands without a copy, and with it the places of {% generation %}.
void Interpreter::print_call(const Expr& e, const Value* caller) {
  const Level level(*this);
  const Value callee = evaluate(*e.children[0]);
  const ArgumentList arguments(*this, e, nullptr, caller);
  line_ = e.line;
  if (writes_itself(callee)) return write_call(callee, arguments.get());
  write_value(call(callee, arguments.get()));
}

void Interpreter::run_macro(const Function& f, const Arguments& arguments) {
  const MacroDefinition& m = *f.macro;
  Frame frame{f.frame, heap_.values(static_cast<size_t>(m.slots))};
  bind_macro(m, arguments, frame.slots);
  Frame* const outer = std::exchange(frame_, heap_.make(frame));
  enter(m.start);
  const size_t without_default = m.parameters.size() - m.defaults.size();
  for (size_t i = 0; i < m.parameters.size(); ++i) {
    Value& slot = variable(m.parameters[i]->slot);
    if (given(slot)) continue;
    if (i >= without_default)
      slot = evaluate(*m.defaults[i - without_default]);
    else
      slot = Value::undefined(Value::UndefinedReason::Hint,
                              heap_
                                  .string(fmt::format("parameter {} was not provided",
                                                      shown_name(m.parameters[i]->constant.string())))
                                  .string());
  }
  execute(m.body);
  frame_ = outer;
}

void Interpreter::bind_macro(const MacroDefinition& m, const Arguments& arguments, std::span<Value> slots) {
  const size_t taken = std::min(arguments.positional.size(), m.parameters.size());
  const auto slot_of = [&](size_t i) -> Value& {
    return slots[static_cast<size_t>(m.parameters[i]->slot.index)];
  };
  for (size_t i = 0; i < taken; ++i) slot_of(i) = arguments.positional[i];
  std::vector<char> used(arguments.named.size(), 0);
  heap_.spend(static_cast<int64_t>(used.size() * m.parameters.size() / 8));
  for (size_t i = taken; i < m.parameters.size(); ++i)
    for (size_t n = 0; n < used.size(); ++n)
      if (equal_text(heap_, arguments.named[n].name.string(), m.parameters[i]->constant.string())) {
        slot_of(i) = arguments.named[n].value;
        used[n] = 1;
      }
  if (m.caller >= 0) {
    Value caller = Value::undefined(Value::UndefinedReason::Hint, "No caller defined");
    for (size_t n = 0; n < used.size(); ++n)
      if (used[n] == 0 && arguments.named[n].name.string() == "caller") {
        caller = arguments.named[n].value;
        used[n] = 1;
      }
    slots[static_cast<size_t>(m.caller)] = caller;
  }
  bind_rest(m, arguments, used, slots);
}

// Arguments that no parameter takes: for `kwargs` and `varargs`, otherwise too many.
void Interpreter::bind_rest(const MacroDefinition& m, const Arguments& arguments, std::span<const char> used,
                            std::span<Value> slots) {
  std::vector<DictEntry> rest;
  for (size_t n = 0; n < used.size(); ++n)
    if (used[n] == 0) rest.push_back({arguments.named[n].name, arguments.named[n].value});
  if (m.kwargs >= 0) {
    slots[static_cast<size_t>(m.kwargs)] = heap_.dict(rest);
  } else if (!rest.empty()) {
    fail(ErrorKind::Type, fmt::format("macro {} takes no keyword argument {}", shown_name(m.name),
                                      shown_name(rest[0].key.string())));
  }
  const size_t count = std::min(arguments.positional.size(), m.parameters.size());
  if (m.varargs >= 0) {
    slots[static_cast<size_t>(m.varargs)] = heap_.tuple(arguments.positional.subspan(count));
  } else if (arguments.positional.size() > count) {
    fail(ErrorKind::Type,
         fmt::format("macro {} takes not more than {} argument(s)", shown_name(m.name), m.parameters.size()));
  }
}

void Interpreter::run_loop_again(const Loop& loop, const Arguments& arguments) {
  if (loop.recursive == nullptr)
    fail(ErrorKind::Type, "The loop must have the 'recursive' marker to be called recursively.");
  if (arguments.positional.size() != 1 || !arguments.named.empty())
    fail(ErrorKind::Type, "a recursive loop is called with one argument: what it goes through");
  run_recursive(*loop.recursive, loop.frame, arguments.positional[0], loop.depth0 + 1);
}

}  // namespace fullshard::jinja
