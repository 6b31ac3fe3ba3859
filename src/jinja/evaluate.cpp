// Interpreter: the values of expressions.

#include <fmt/format.h>

#include "jinja/argument_list.hpp"
#include "jinja/attributes.hpp"
#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

Interpreter::Level::Level(Interpreter& i) : in(i) {
  in.heap_.spend(1);
  if (++in.depth_ > in.options_.limits.depth) {
    fail(ErrorKind::Limit,
         fmt::format("depth: macros, statements and expressions inside each other deeper than {}; "
                     "is there a macro that calls itself for ever?",
                     in.options_.limits.depth));
  }
}

Value& Interpreter::variable(Slot slot) {
  Frame* frame = frame_;
  heap_.spend(slot.hops);
  for (int i = 0; i < slot.hops; ++i) frame = frame->parent;
  return frame->slots[static_cast<size_t>(slot.index)];
}

Value Interpreter::read(const Expr& name) {
  const Value v = variable(name.slot);
  return given(v) ? v : Value::undefined(name.constant.string());
}

Value Interpreter::evaluate(const Expr& e) {
  if (e.kind == ExprKind::Constant) return e.constant;
  if (e.kind == ExprKind::Name) return read(e);
  const Level level(*this);
  return evaluate_composite(e);
}

Value Interpreter::evaluate_composite(const Expr& e) {
  const auto child = [&](size_t i) { return evaluate(*e.children[i]); };
  // Children may stand on other lines: what fails after them is of this one.
  const auto heap_at_this_line = [&]() -> Heap& {
    line_ = e.line;
    return heap_;
  };
  switch (e.kind) {
    case ExprKind::Attribute: {
      const Value object = child(0);
      return attribute_of(heap_at_this_line(), object, e.constant);
    }
    case ExprKind::Item: {
      const Value object = child(0);
      if (e.children[1]->kind == ExprKind::Slice) return evaluate_slice(object, *e.children[1]);
      const Value key = child(1);
      return item_of(heap_at_this_line(), object, key);
    }
    case ExprKind::List:
    case ExprKind::Tuple:
      return evaluate_items(e);
    case ExprKind::Dict:
      return evaluate_dict(e);
    case ExprKind::Conditional:
      if (is_true(child(0))) return child(1);
      return e.children[2]
                 ? child(2)
                 : Value::undefined(
                       Value::UndefinedReason::Hint,
                       "the inline if-expression evaluated to false and no else section was defined.");
    case ExprKind::And: {
      const Value left = child(0);
      return is_true(left) ? child(1) : left;
    }
    case ExprKind::Or: {
      const Value left = child(0);
      return is_true(left) ? left : child(1);
    }
    case ExprKind::Not:
      return Value::boolean(!is_true(child(0)));
    case ExprKind::Negative:
      return negative(child(0));
    case ExprKind::Positive:
      return positive(child(0));
    case ExprKind::Binary: {
      const Value left = child(0), right = child(1);
      return binary(heap_at_this_line(), e.op, left, right);
    }
    case ExprKind::Concat:
      return evaluate_concat(e);
    case ExprKind::Compare:
      return Value::boolean(evaluate_compare(e));
    case ExprKind::Call:
      return evaluate_call(e, nullptr);
    case ExprKind::Filter:
    case ExprKind::Test: {
      const Value piped = e.children[0] ? child(0) : Value{};
      return evaluate_native(e, &piped);
    }
    case ExprKind::Slice:
      fail(ErrorKind::Type, "a slice can only be taken alone: x[a:b]");
    case ExprKind::Constant:
    case ExprKind::Name:
      break;
  }
  return {};
}

Value Interpreter::evaluate_items(const Expr& e) {
  const auto room = heap_.values(e.children.size());
  for (size_t i = 0; i < room.size(); ++i) room[i] = evaluate(*e.children[i]);
  return e.kind == ExprKind::List ? Value::list(room) : Value::tuple(room);
}

Value Interpreter::evaluate_dict(const Expr& e) {
  std::vector<DictEntry> entries(e.children.size() / 2);
  for (size_t i = 0; i < entries.size(); ++i)
    entries[i] = {evaluate(*e.children[2 * i]), evaluate(*e.children[2 * i + 1])};
  line_ = e.line;
  return heap_.dict(entries);
}

Value Interpreter::evaluate_concat(const Expr& e) {
  Value text = Value::string({});
  for (const ExprPtr& part : e.children) {
    heap_.spend(1);
    const Value piece = str_of(heap_, evaluate(*part));
    text = heap_.concat(text.string(), piece.string());
  }
  return text;
}

bool Interpreter::evaluate_compare(const Expr& e) {
  Value left = evaluate(*e.children[0]);
  for (size_t i = 0; i < e.comparisons.size(); ++i) {
    const Value right = evaluate(*e.children[i + 1]);
    line_ = e.line;
    if (!compare(e.comparisons[i], left, right)) return false;
    left = right;
  }
  return true;
}

bool Interpreter::compare(Comparison op, const Value& left, const Value& right) {
  switch (op) {
    case Comparison::Equal:
      return equal(heap_, left, right);
    case Comparison::NotEqual:
      return !equal(heap_, left, right);
    case Comparison::Less:
      return ordered(heap_, Ordering::Less, left, right);
    case Comparison::LessEqual:
      return ordered(heap_, Ordering::LessEqual, left, right);
    case Comparison::Greater:
      return ordered(heap_, Ordering::Greater, left, right);
    case Comparison::GreaterEqual:
      return ordered(heap_, Ordering::GreaterEqual, left, right);
    case Comparison::In:
      return contains(heap_, right, left);
    case Comparison::NotIn:
      return !contains(heap_, right, left);
  }
  return false;
}

Value Interpreter::evaluate_slice(const Value& object, const Expr& slice) {
  const auto part = [&](size_t i) {
    return slice.children[i] ? evaluate(*slice.children[i]) : Value::none();
  };
  const SliceBounds bounds{part(0), part(1), part(2)};
  line_ = slice.line;
  require_defined(object);
  if (!object.is(Kind::String) && !object.is_sequence() && !object.is(Kind::Range))
    fail(ErrorKind::Type, object.is(Kind::Dict)
                              ? "unhashable type: 'slice'"
                              : fmt::format("'{}' object is not subscriptable", type_name(object)));
  return slice_of(heap_, object, bounds);
}

Value Interpreter::evaluate_native(const Expr& e, const Value* piped) {
  line_ = e.line;
  if (e.native == nullptr)
    fail(ErrorKind::Runtime, fmt::format("No {} named {}.", e.kind == ExprKind::Filter ? "filter" : "test",
                                         shown_name(e.constant.string())));
  const ArgumentList arguments(*this, e, piped, nullptr);
  line_ = e.line;
  return call_native(*this, *e.native, arguments.get());
}

Value Interpreter::call_filter(std::string_view name, const Arguments& arguments) {
  const Native* const filter = find_filter(name);
  if (filter == nullptr) fail(ErrorKind::Runtime, fmt::format("No filter named {}.", shown_name(name)));
  const Level level(*this);
  return call_native(*this, *filter, arguments);
}

bool Interpreter::call_test(std::string_view name, const Arguments& arguments) {
  const Native* const test = find_test(name);
  if (test == nullptr) fail(ErrorKind::Runtime, fmt::format("No test named {}.", shown_name(name)));
  const Level level(*this);
  return is_true(call_native(*this, *test, arguments));
}

}  // namespace fullshard::jinja
