// Filters that take sequences apart and put them together.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/attribute_path.hpp"
#include "jinja/compare.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/markup.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/objects.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"
#include "jinja/string_parts.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

namespace {

Value first(Interpreter& in, Bound a) {
  if (a[0].is(Kind::Iterator)) {
    Iterator& it = a[0].iterator();
    if (it.next < it.items.size()) return it.items[it.next++];
    return Value::undefined(Value::UndefinedReason::Hint, "No first item, sequence was empty.");
  }
  const auto items = items_of(in.heap(), a[0]);
  return items.empty() ? Value::undefined(Value::UndefinedReason::Hint, "No first item, sequence was empty.")
                       : items[0];
}

void require_reversible(const Value& v) {
  if (v.is(Kind::Iterator) || !is_iterable(v) || v.is(Kind::Undefined))
    fail(ErrorKind::Type, fmt::format("'{}' object is not reversible", type_name(v)));
}

Value last(Interpreter& in, Bound a) {
  if (a[0].is(Kind::Undefined))
    return Value::undefined(Value::UndefinedReason::Hint, "No last item, sequence was empty.");
  require_reversible(a[0]);
  const auto items = items_of(in.heap(), a[0]);
  return items.empty() ? Value::undefined(Value::UndefinedReason::Hint, "No last item, sequence was empty.")
                       : like(a[0], items.back());
}

Value length(Interpreter& in, Bound a) {
  return Value::integer(length_of(in.heap(), a[0]));
}

Value list(Interpreter& in, Bound a) {
  return in.heap().list(items_of(in.heap(), a[0]));
}

Value reverse(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  if (a[0].is(Kind::String)) return slice_of(heap, a[0], {Value::none(), Value::none(), Value::integer(-1)});
  if (!is_iterable(a[0])) fail(ErrorKind::Runtime, "argument must be iterable");
  const auto items = items_of(heap, a[0]);
  const auto room = heap.values(items.size());
  std::reverse_copy(items.begin(), items.end(), room.begin());
  if (a[0].is(Kind::Iterator)) return Value::list(room);
  return make_iterator(heap, room, a[0].is(Kind::List) ? "list_reverseiterator" : "reversed");
}

Value join(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const AttributePath path(heap, a[2]);
  std::vector<std::string_view> parts;
  for (const Value& v : items_of(heap, a[0])) parts.push_back(str_of(heap, path.of(heap, v)).string());
  return joined(heap, given(a[1]) ? str_of(heap, a[1]).string() : "", parts);
}

Value batch(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const auto items = items_of(heap, a[0]);
  const int64_t size = integer_argument(a[1], "batch");
  std::vector<Value> rows;
  for (size_t begin = 0; begin < items.size();) {
    const size_t left = items.size() - begin;
    // A size of 0 or less is never reached again after the first element: all go into one.
    const size_t count = size > 0 ? std::min(left, static_cast<size_t>(size)) : left;
    if (size == 0 && begin == 0) rows.push_back(Value::list({}));
    Value row = Value::list(items.subspan(begin, count));
    begin += count;
    if (given_and_not_none(a[2]) && static_cast<int64_t>(count) < size)
      row = binary(heap, BinaryOp::Add, row,
                   repeated(heap, heap.list({&a[2], 1}), size - static_cast<int64_t>(count)));
    rows.push_back(row);
  }
  return make_iterator(heap, heap.list(rows).items());
}

Value slice(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const auto items = items_of(heap, a[0]);
  const int64_t slices = integer_argument(a[1], "slice");
  if (slices == 0) fail(ErrorKind::ZeroDivision, "integer division or modulo by zero");
  std::vector<Value> out;
  const auto count = static_cast<size_t>(std::max<int64_t>(slices, 0));
  size_t begin = 0;
  for (size_t i = 0; i < count; ++i) {
    const bool extra = i < items.size() % count;
    const size_t size = items.size() / count + (extra ? 1 : 0);
    Value part = Value::list(items.subspan(begin, size));
    begin += size;
    if (given_and_not_none(a[2]) && !extra) part = binary(heap, BinaryOp::Add, part, heap.list({&a[2], 1}));
    heap.spend(1);
    out.push_back(part);
  }
  return make_iterator(heap, heap.list(out).items());
}

Value items(Interpreter& in, Bound a) {
  if (a[0].is(Kind::Undefined)) return make_iterator(in.heap(), {});
  if (!a[0].is(Kind::Dict)) fail(ErrorKind::Type, "Can only get item pairs from a mapping.");
  return make_iterator(in.heap(),
                       items_of(in.heap(), Value::view(in.heap().make(DictView{DictView::Of::Items, a[0]}))));
}

Value default_value(Interpreter&, Bound a) {
  const bool also_false = given(a[2]) && is_true(a[2]);
  if (!a[0].is(Kind::Undefined) && !(also_false && !is_true(a[0]))) return a[0];
  return given(a[1]) ? a[1] : Value::string({});
}

constexpr Native kFilters[] = {
    {"first", "seq", 1, first},
    {"last", "seq", 1, last},
    {"length", "obj /", 1, length},
    {"count", "obj /", 1, length},
    {"list", "value", 1, list},
    {"reverse", "value", 1, reverse},
    {"join", "value d attribute", 1, join},
    {"batch", "value linecount fill_with", 2, batch},
    {"slice", "value slices fill_with", 2, slice},
    {"items", "value", 1, items},
    {"default", "value default_value boolean", 1, default_value},
    {"d", "value default_value boolean", 1, default_value},
};

}  // namespace

std::span<const Native> filters_of_sequences() {
  return kFilters;
}

}  // namespace fullshard::jinja
