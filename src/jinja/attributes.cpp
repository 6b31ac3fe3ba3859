#include "jinja/attributes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "jinja/ast.hpp"
#include "jinja/dict.hpp"
#include "jinja/fail.hpp"
#include "jinja/markup.hpp"
#include "jinja/native.hpp"
#include "jinja/objects.hpp"
#include "jinja/sequence.hpp"

namespace fullshard::jinja {

namespace {

Value missing_member(Heap& heap, const Value& object, const Value& name) {
  return Value::undefined(heap.make(MissingMember{object, name}));
}

Value unsafe(Heap& heap, const Value& object, std::string_view name) {
  return Value::undefined(Value::UndefinedReason::Unsafe,
                          heap.string(fmt::format("access to attribute {} of '{}' object is unsafe.",
                                                  shown_name(name), type_name(object)))
                              .string());
}

// Methods by which Python changes lists and dicts.
bool changes(const Value& object, std::string_view name) {
  static constexpr std::string_view kOfLists[] = {"append", "clear", "pop",    "reverse",
                                                  "insert", "sort",  "extend", "remove"};
  static constexpr std::string_view kOfDicts[] = {"clear", "pop", "popitem", "setdefault", "update"};
  if (object.is(Kind::List))
    return std::find(std::begin(kOfLists), std::end(kOfLists), name) != std::end(kOfLists);
  if (object.is(Kind::Dict))
    return std::find(std::begin(kOfDicts), std::end(kOfDicts), name) != std::end(kOfDicts);
  return false;
}

Value loop_attribute(const Loop& loop, std::string_view name) {
  const auto length = static_cast<int64_t>(loop.items.size()), index0 = static_cast<int64_t>(loop.index0);
  if (name == "index") return Value::integer(index0 + 1);
  if (name == "index0") return Value::integer(index0);
  if (name == "first") return Value::boolean(index0 == 0);
  if (name == "last") return Value::boolean(index0 + 1 >= length);
  if (name == "length") return Value::integer(length);
  if (name == "revindex") return Value::integer(length - index0);
  if (name == "revindex0") return Value::integer(length - index0 - 1);
  if (name == "depth") return Value::integer(loop.depth0 + 1);
  if (name == "depth0") return Value::integer(loop.depth0);
  if (name == "previtem")
    return index0 > 0 ? loop.items[loop.index0 - 1]
                      : Value::undefined(Value::UndefinedReason::Hint, "there is no previous item");
  if (name == "nextitem")
    return index0 + 1 < length ? loop.items[loop.index0 + 1]
                               : Value::undefined(Value::UndefinedReason::Hint, "there is no next item");
  return {};
}

// What getattr finds in Python; Missing where it raises AttributeError.
Value own_attribute(Heap& heap, const Value& object, std::string_view name) {
  const bool internal = name.size() > 4 && name.starts_with("__") && name.ends_with("__");
  if (internal && !object.is(Kind::Namespace)) return unsafe(heap, object, name);
  require_defined(object);
  if (object.is(Kind::Namespace)) {
    const Value* v = find(heap, object.name_space().entries(), name);
    return v == nullptr ? Value{} : *v;
  }
  if (object.is(Kind::Loop))
    if (const Value v = loop_attribute(object.loop(), name); given(v)) return v;
  if (object.is(Kind::Function) && object.function().type == Function::Type::Macro && name == "name")
    return heap.string(object.function().macro->name);
  if (object.is(Kind::Function) && object.function().type == Function::Type::Cycler && name == "current")
    return object.function().self.items()[*object.function().state];
  if (object.is(Kind::Tuple) && object.items().size() == 2) {  // of groupby
    if (name == "grouper") return object.items()[0];
    if (name == "list") return object.items()[1];
  }
  if (changes(object, name)) return unsafe(heap, object, name);
  const Native* const method = find_method(object, name);
  if (method == nullptr) return {};
  Function f{Function::Type::Method};
  f.native = method;
  f.self = object;
  return Value::function(heap.make(f));
}

// What object[key] finds in Python; Missing where it raises.
Value own_item(Heap& heap, const Value& object, const Value& key) {
  require_defined(object);
  if (object.is(Kind::Dict)) {
    if (key.is(Kind::List) || key.is(Kind::Dict)) return {};
    const Value* v = find(heap, object.dict(), key);
    return v == nullptr ? Value{} : *v;
  }
  if (!key.is_integral()) return {};
  if (object.is(Kind::String)) return like(object, character_at(heap, object.string(), key.integer()));
  if (!object.is_sequence() && !object.is(Kind::Range)) return {};
  const int64_t length = length_of(heap, object);
  const int64_t index = key.integer() < 0 ? key.integer() + length : key.integer();
  if (index < 0 || index >= length) return {};
  return object.is(Kind::Range) ? Value::integer(object.range().at(index))
                                : object.items()[static_cast<size_t>(index)];
}

}  // namespace

Value attribute_of(Heap& heap, const Value& object, const Value& name) {
  if (const Value v = own_attribute(heap, object, name.string()); given(v)) return v;
  if (const Value v = own_item(heap, object, name); given(v)) return v;
  return missing_member(heap, object, name);
}

Value item_of(Heap& heap, const Value& object, const Value& key) {
  if (const Value v = own_item(heap, object, key); given(v)) return v;
  if (key.is(Kind::String))
    if (const Value v = own_attribute(heap, object, key.string()); given(v)) return v;
  return missing_member(heap, object, key);
}

}  // namespace fullshard::jinja
