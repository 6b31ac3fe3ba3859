// Methods of everything but strings, and which object has which.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/objects.hpp"
#include "jinja/sequence.hpp"

namespace fullshard::jinja {

namespace {

template <DictView::Of of>
Value view(Interpreter& in, Bound a) {
  return Value::view(in.heap().make(DictView{of, a[0]}));
}

Value get(Interpreter& in, Bound a) {
  if (const Value* v = find(in.heap(), a[0].dict(), a[1])) return *v;
  return given(a[2]) ? a[2] : Value::none();
}

Value itself(Interpreter&, Bound a) {  // a copy, of what cannot change
  return a[0];
}

Value index(Interpreter& in, Bound a) {
  const auto items = items_of(in.heap(), a[0]);
  const auto size = static_cast<int64_t>(items.size());
  const auto bound = [&](const Value& v, int64_t otherwise) {
    const int64_t i = given(v) ? integer_argument(v, "index") : otherwise;
    return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size);
  };
  for (int64_t i = bound(a[2], 0), end = bound(a[3], size); i < end; ++i)
    if (equal(in.heap(), items[static_cast<size_t>(i)], a[1])) return Value::integer(i);
  fail(ErrorKind::Value, fmt::format("the {} has no such element", type_name(a[0])));
}

Value count(Interpreter& in, Bound a) {
  int64_t n = 0;
  for (const Value& item : items_of(in.heap(), a[0])) n += equal(in.heap(), item, a[1]);
  return Value::integer(n);
}

Value cycle(Interpreter&, const Arguments& arguments) {
  const auto values = arguments.positional.subspan(1);
  if (values.empty()) fail(ErrorKind::Type, "no items for cycling given");
  return values[arguments.positional[0].loop().index0 % values.size()];
}

Value changed(Interpreter& in, const Arguments& arguments) {
  Loop& loop = arguments.positional[0].loop();
  const Value now = in.heap().tuple(arguments.positional.subspan(1));
  if (given(loop.last_changed) && equal(in.heap(), loop.last_changed, now)) return Value::boolean(false);
  loop.last_changed = now;
  return Value::boolean(true);
}

Value next(Interpreter&, Bound a) {
  const Function& cycler = a[0].function();
  const uint32_t at = *cycler.state;
  *cycler.state = (at + 1) % static_cast<uint32_t>(cycler.self.items().size());
  return cycler.self.items()[at];
}

Value reset(Interpreter&, Bound a) {
  *a[0].function().state = 0;
  return Value::none();
}

Value is_integer(Interpreter&, Bound a) {
  return Value::boolean(std::isfinite(a[0].real()) && std::trunc(a[0].real()) == a[0].real());
}

constexpr Native kOfDicts[] = {
    {"get", "self key default /", 2, get},
    {"items", "self", 1, view<DictView::Of::Items>},
    {"keys", "self", 1, view<DictView::Of::Keys>},
    {"values", "self", 1, view<DictView::Of::Values>},
    {"copy", "self", 1, itself},
};
constexpr Native kOfTuples[] = {
    {"index", "self value start stop /", 2, index},
    {"count", "self value /", 2, count},
};
constexpr Native kOfLists[] = {
    {"index", "self value start stop /", 2, index},
    {"count", "self value /", 2, count},
    {"copy", "self", 1, itself},
};
constexpr Native kOfLoops[] = {
    {"cycle", "", 0, nullptr, cycle},
    {"changed", "", 0, nullptr, changed},
};
constexpr Native kOfCyclers[] = {
    {"next", "self", 1, next},
    {"reset", "self", 1, reset},
};
constexpr Native kOfReals[] = {{"is_integer", "self", 1, is_integer}};

const Native* find_string_method(std::string_view name) {
  for (const auto table : {string_methods(), string_questions(), string_formats()})
    if (const Native* method = find_native(table, name)) return method;
  return nullptr;
}

}  // namespace

const Native* find_method(const Value& object, std::string_view name) {
  switch (object.kind()) {
    case Kind::String:
      return find_string_method(name);
    case Kind::Dict:
      return find_native(kOfDicts, name);
    case Kind::List:
      return find_native(kOfLists, name);
    case Kind::Tuple:
    case Kind::Range:
      return find_native(kOfTuples, name);
    case Kind::Loop:
      return find_native(kOfLoops, name);
    case Kind::Float:
      return find_native(kOfReals, name);
    case Kind::Function:
      return object.function().type == Function::Type::Cycler ? find_native(kOfCyclers, name) : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace fullshard::jinja
