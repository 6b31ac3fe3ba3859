// Filters that look into the elements of a sequence: sort, groupby, map, select and their like.

#include <fmt/format.h>

#include <algorithm>

#include "jinja/attribute_path.hpp"
#include "jinja/attributes.hpp"
#include "jinja/compare.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/interpreter.hpp"
#include "jinja/method_tables.hpp"
#include "jinja/operators.hpp"
#include "jinja/sequence.hpp"

namespace fullshard::jinja {

namespace {

struct Keyed {
  Value key, value;
};

void stable_sort(Heap& heap, std::vector<Keyed>& items, bool descending) {
  std::stable_sort(items.begin(), items.end(), [&](const Keyed& a, const Keyed& b) {
    return descending ? less(heap, b.key, a.key) : less(heap, a.key, b.key);
  });
}

Value values_of(Heap& heap, const std::vector<Keyed>& items) {
  const auto room = heap.values(items.size());
  std::transform(items.begin(), items.end(), room.begin(), [](const Keyed& k) { return k.value; });
  return Value::list(room);
}

bool flag(const Value& v) {
  return given(v) && is_true(v);
}

// Several attributes with commas between: the key is a list, so equal ones need no order of their own.
Value sort(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  std::vector<SortKey> paths;
  if (a[3].is(Kind::String)) {
    std::string_view rest = a[3].string();
    for (size_t comma = 0; comma != rest.npos;
         rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1)) {
      comma = rest.find(',');
      paths.emplace_back(heap, Value::string(rest.substr(0, comma)), a[2]);
    }
  } else {
    paths.emplace_back(heap, a[3], a[2]);
  }
  std::vector<Keyed> items;
  for (const Value& v : items_of(heap, a[0])) {
    const auto key = heap.values(paths.size());
    for (size_t i = 0; i < paths.size(); ++i) key[i] = paths[i].of(heap, v);
    items.push_back({Value::list(key), v});
  }
  stable_sort(heap, items, flag(a[1]));
  return values_of(heap, items);
}

Value dictsort(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const std::string_view by = given(a[2]) ? text_argument(a[2], "dictsort") : "key";
  if (by != "key" && by != "value")
    fail(ErrorKind::Runtime, "You can only sort by either \"key\" or \"value\"");
  require_defined(a[0]);
  if (!a[0].is(Kind::Dict))
    fail(ErrorKind::Type, fmt::format("dictsort: expected a mapping, found '{}'", type_name(a[0])));
  std::vector<Keyed> items;
  for (const DictEntry& entry : a[0].dict().entries) {
    const Value pair[] = {entry.key, entry.value};
    const Value key = by == "key" ? entry.key : entry.value;
    items.push_back({flag(a[1]) ? key : folded(heap, key), heap.tuple(pair)});
  }
  stable_sort(heap, items, flag(a[3]));
  return values_of(heap, items);
}

Value groupby(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const SortKey key(heap, a[1], a[3]);
  std::vector<Keyed> items;
  for (const Value& v : items_of(heap, a[0])) items.push_back({key.of(heap, v, a[2]), v});
  stable_sort(heap, items, false);
  std::vector<Value> groups;
  for (size_t begin = 0, end; begin < items.size(); begin = end) {
    end = begin + 1;
    while (end < items.size() && equal(heap, items[begin].key, items[end].key)) ++end;
    const Value members = values_of(heap, {items.begin() + static_cast<std::ptrdiff_t>(begin),
                                           items.begin() + static_cast<std::ptrdiff_t>(end)});
    const Value pair[] = {key.fold_case ? key.path.of(heap, items[begin].value, a[2]) : items[begin].key,
                          members};
    groups.push_back(heap.tuple(pair));
  }
  return heap.list(groups);
}

Value unique(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const SortKey key(heap, a[2], a[1]);
  struct Seen {
    Value key;
    size_t position;
  };
  std::vector<Seen> seen;
  const auto items = items_of(heap, a[0]);
  for (size_t i = 0; i < items.size(); ++i) {
    seen.push_back({key.of(heap, items[i]), i});
    check_hashable(heap, seen.back().key);
  }
  std::stable_sort(seen.begin(), seen.end(),
                   [&](const Seen& x, const Seen& y) { return key_order(heap, x.key, y.key) < 0; });
  const auto last = std::unique(seen.begin(), seen.end(), [&](const Seen& x, const Seen& y) {
    return key_order(heap, x.key, y.key) == 0;
  });
  std::sort(seen.begin(), last, [](const Seen& x, const Seen& y) { return x.position < y.position; });
  const auto room = heap.values(static_cast<size_t>(last - seen.begin()));
  std::transform(seen.begin(), last, room.begin(), [&](const Seen& s) { return items[s.position]; });
  return make_iterator(heap, room);
}

template <bool largest>
Value extreme(Interpreter& in, Bound a) {
  Heap& heap = in.heap();
  const SortKey key(heap, a[2], a[1]);
  Value best, best_key;
  for (const Value& v : items_of(heap, a[0])) {
    const Value k = key.of(heap, v);
    if (given(best) && !(largest ? less(heap, best_key, k) : less(heap, k, best_key))) continue;
    best = v;
    best_key = k;
  }
  return given(best)
             ? best
             : Value::undefined(Value::UndefinedReason::Hint, "No aggregated item, sequence was empty.");
}

Value sum(Interpreter& in, Bound a) {
  const AttributePath path(in.heap(), a[1]);
  Value total = given(a[2]) ? a[2] : Value::integer(0);
  if (total.is(Kind::String)) fail(ErrorKind::Type, "sum() can't sum strings [use ''.join(seq) instead]");
  for (const Value& v : items_of(in.heap(), a[0])) {
    in.heap().spend(1);
    total = binary(in.heap(), BinaryOp::Add, total, path.of(in.heap(), v));
  }
  return total;
}

const Value* named(const Arguments& arguments, std::string_view name) {
  for (const NamedValue& n : arguments.named)
    if (n.name.string() == name) return &n.value;
  return nullptr;
}

Value map_attribute(Interpreter& in, const Arguments& arguments, std::span<const Value> items) {
  const Value* const otherwise = named(arguments, "default");
  if (arguments.named.size() > (otherwise != nullptr ? 2u : 1u))
    fail(ErrorKind::Runtime, "map takes attribute and default as keyword arguments");
  const AttributePath path(in.heap(), *named(arguments, "attribute"));
  const auto room = in.heap().values(items.size());
  std::transform(items.begin(), items.end(), room.begin(), [&](const Value& v) {
    return path.of(in.heap(), v, otherwise != nullptr ? *otherwise : Value{});
  });
  return make_iterator(in.heap(), room);
}

Value map(Interpreter& in, const Arguments& arguments) {
  if (arguments.positional.empty() || !is_true(arguments.positional[0])) return make_iterator(in.heap(), {});
  const auto items = items_of(in.heap(), arguments.positional[0]);
  if (arguments.positional.size() == 1 && named(arguments, "attribute") != nullptr)
    return map_attribute(in, arguments, items);
  if (arguments.positional.size() < 2) fail(ErrorKind::Runtime, "map requires a filter argument");
  const std::string_view name = text_argument(arguments.positional[1], "map");
  std::vector<Value> call(arguments.positional.begin() + 1, arguments.positional.end());
  const auto room = in.heap().values(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    call[0] = items[i];
    room[i] = in.call_filter(name, {call, arguments.named});
  }
  return make_iterator(in.heap(), room);
}

enum class By { Value, Attribute };

// What a test says of each element, or of an attribute of it; without a test, whether it is true.
template <bool keep, By by>
Value select(Interpreter& in, const Arguments& arguments) {
  if (arguments.positional.empty() || !is_true(arguments.positional[0])) return make_iterator(in.heap(), {});
  const auto items = items_of(in.heap(), arguments.positional[0]);
  constexpr size_t kOffset = by == By::Attribute ? 2 : 1;
  if (arguments.positional.size() < kOffset) fail(ErrorKind::Runtime, "Missing parameter for attribute name");
  const AttributePath path(in.heap(), by == By::Attribute ? arguments.positional[1] : Value{});
  const bool has_test = arguments.positional.size() > kOffset;
  const std::string_view name = has_test ? text_argument(arguments.positional[kOffset], "select") : "";
  std::vector<Value> call(arguments.positional.begin() + static_cast<std::ptrdiff_t>(has_test ? kOffset : 0),
                          arguments.positional.end());
  const auto room = in.heap().values(items.size());
  size_t kept = 0;
  for (const Value& item : items) {
    call[0] = path.of(in.heap(), item);
    in.heap().spend(1);
    if ((has_test ? in.call_test(name, {call, arguments.named}) : is_true(call[0])) == keep)
      room[kept++] = item;
  }
  return make_iterator(in.heap(), room.first(kept));
}

Value attr(Interpreter& in, Bound a) {
  return attribute_of(in.heap(), a[0], Value::string(text_argument(a[1], "attr")));
}

constexpr Native kFilters[] = {
    {"sort", "value reverse case_sensitive attribute", 1, sort},
    {"dictsort", "value case_sensitive by reverse", 1, dictsort},
    {"groupby", "value attribute default case_sensitive", 2, groupby},
    {"unique", "value case_sensitive attribute", 1, unique},
    {"min", "value case_sensitive attribute", 1, extreme<false>},
    {"max", "value case_sensitive attribute", 1, extreme<true>},
    {"sum", "iterable attribute start", 1, sum},
    {"attr", "obj name", 2, attr},
    {"map", "", 0, nullptr, map},
    {"select", "", 0, nullptr, select<true, By::Value>},
    {"reject", "", 0, nullptr, select<false, By::Value>},
    {"selectattr", "", 0, nullptr, select<true, By::Attribute>},
    {"rejectattr", "", 0, nullptr, select<false, By::Attribute>},
};

}  // namespace

std::span<const Native> filters_of_attributes() {
  return kFilters;
}

}  // namespace fullshard::jinja
