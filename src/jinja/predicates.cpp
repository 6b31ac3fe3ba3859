// What follows `is`: Jinja2 calls them tests.

#include <fmt/format.h>

#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/objects.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"
#include "jinja/unicode.hpp"

namespace fullshard::jinja {

namespace {

template <Kind kind>
Value is_kind(Interpreter&, Bound a) {
  return Value::boolean(a[0].is(kind));
}

Value defined(Interpreter&, Bound a) {
  return Value::boolean(!a[0].is(Kind::Undefined));
}

template <bool which>
Value exactly(Interpreter&, Bound a) {
  return Value::boolean(a[0].is(Kind::Bool) && a[0].truth() == which);
}

Value number(Interpreter&, Bound a) {
  return Value::boolean(a[0].is_number());
}

Value sequence(Interpreter&, Bound a) {
  const Value& v = a[0];
  return Value::boolean(v.is(Kind::Undefined) || v.is(Kind::String) || v.is_sequence() || v.is(Kind::Dict) ||
                        v.is(Kind::Range));
}

Value iterable(Interpreter&, Bound a) {
  return Value::boolean(is_iterable(a[0]));
}

Value callable(Interpreter&, Bound a) {
  const bool cycler = a[0].is(Kind::Function) && a[0].function().type == Function::Type::Cycler;
  return Value::boolean((a[0].is(Kind::Function) && !cycler) || a[0].is(Kind::Loop) ||
                        a[0].is(Kind::Undefined));
}

Value sameas(Interpreter& in, Bound a) {
  // Equal strings are often one object in Python and often not; here they always are.
  if (a[0].is(Kind::String) && a[1].is(Kind::String)) return Value::boolean(equal(in.heap(), a[0], a[1]));
  return Value::boolean(same(a[0], a[1]));
}

template <bool (*wanted)(char32_t), bool (*other)(char32_t)>
Value of_case(Interpreter& in, Bound a) {
  const std::string_view text = str_of(in.heap(), a[0]).string();
  in.heap().spend_on_characters(text.size());
  return Value::boolean(has_case(text, wanted, other));
}

bool divides(Heap& heap, const Value& v, const Value& by, int64_t remainder) {
  return equal(heap, binary(heap, BinaryOp::Modulo, v, by), Value::integer(remainder));
}

template <int64_t remainder>
Value parity(Interpreter& in, Bound a) {
  return Value::boolean(divides(in.heap(), a[0], Value::integer(2), remainder));
}

Value divisibleby(Interpreter& in, Bound a) {
  return Value::boolean(divides(in.heap(), a[0], a[1], 0));
}

Value in_test(Interpreter& in, Bound a) {
  return Value::boolean(contains(in.heap(), a[1], a[0]));
}

Value eq(Interpreter& in, Bound a) {
  return Value::boolean(equal(in.heap(), a[0], a[1]));
}

Value ne(Interpreter& in, Bound a) {
  return Value::boolean(!equal(in.heap(), a[0], a[1]));
}

template <Ordering op>
Value order(Interpreter& in, Bound a) {
  return Value::boolean(ordered(in.heap(), op, a[0], a[1]));
}

Value filter_exists(Interpreter&, Bound a) {
  return Value::boolean(a[0].is(Kind::String) && find_filter(a[0].string()) != nullptr);
}

Value test_exists(Interpreter&, Bound a) {
  return Value::boolean(a[0].is(Kind::String) && find_test(a[0].string()) != nullptr);
}

Value is_escaped(Interpreter&, Bound a) {
  return Value::boolean(a[0].is_markup());
}

constexpr Native kTests[] = {
    {"defined", "value", 1, defined},
    {"undefined", "value", 1, is_kind<Kind::Undefined>},
    {"none", "value", 1, is_kind<Kind::None>},
    {"string", "value", 1, is_kind<Kind::String>},
    {"mapping", "value", 1, is_kind<Kind::Dict>},
    {"boolean", "value", 1, is_kind<Kind::Bool>},
    {"integer", "value", 1, is_kind<Kind::Int>},
    {"float", "value", 1, is_kind<Kind::Float>},
    {"number", "value", 1, number},
    {"true", "value", 1, exactly<true>},
    {"false", "value", 1, exactly<false>},
    {"sequence", "value", 1, sequence},
    {"iterable", "value", 1, iterable},
    {"callable", "obj /", 1, callable},
    {"sameas", "value other", 2, sameas},
    {"lower", "value", 1, of_case<is_lower, is_upper>},
    {"upper", "value", 1, of_case<is_upper, is_lower>},
    {"odd", "value", 1, parity<1>},
    {"even", "value", 1, parity<0>},
    {"divisibleby", "value num", 2, divisibleby},
    {"in", "value seq", 2, in_test},
    {"escaped", "value", 1, is_escaped},
    {"filter", "value", 1, filter_exists},
    {"test", "value", 1, test_exists},
    {"eq", "a b /", 2, eq},
    {"equalto", "a b /", 2, eq},
    {"==", "a b /", 2, eq},
    {"ne", "a b /", 2, ne},
    {"!=", "a b /", 2, ne},
    {"lt", "a b /", 2, order<Ordering::Less>},
    {"lessthan", "a b /", 2, order<Ordering::Less>},
    {"<", "a b /", 2, order<Ordering::Less>},
    {"le", "a b /", 2, order<Ordering::LessEqual>},
    {"<=", "a b /", 2, order<Ordering::LessEqual>},
    {"gt", "a b /", 2, order<Ordering::Greater>},
    {"greaterthan", "a b /", 2, order<Ordering::Greater>},
    {">", "a b /", 2, order<Ordering::Greater>},
    {"ge", "a b /", 2, order<Ordering::GreaterEqual>},
    {">=", "a b /", 2, order<Ordering::GreaterEqual>},
};

}  // namespace

const Native* find_test(std::string_view name) {
  return find_native(kTests, name);
}

}  // namespace fullshard::jinja
