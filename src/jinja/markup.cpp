#include "jinja/markup.hpp"

#include <algorithm>
#include <vector>

#include "jinja/interpreter.hpp"
#include "jinja/sequence.hpp"
#include "jinja/text.hpp"

namespace fullshard::jinja {

namespace {

Value escaped_unless_number(Heap& heap, const Value& v) {
  return v.is_number() ? v : escaped(heap, v);
}

// Which argument of a method becomes part of the text; 0 where none does.
size_t argument_that_enters(std::string_view method) {
  if (method == "join") return 1;
  return method == "replace" || method == "center" || method == "ljust" || method == "rjust" ? 2 : 0;
}

std::span<const Value> all_marked(Heap& heap, std::span<const Value> items) {
  const auto room = heap.values(items.size());
  std::transform(items.begin(), items.end(), room.begin(), [](const Value& v) { return v.as_markup(); });
  return room;
}

}  // namespace

std::string escaped_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

Value escaped(Heap& heap, const Value& v) {
  if (v.is_markup()) return v;
  return heap.string(escaped_text(soft_text(heap, v))).as_markup();
}

Value added_markup(Heap& heap, const Value& left, const Value& right) {
  return heap.concat(escaped(heap, left).string(), escaped(heap, right).string()).as_markup();
}

Value escaped_values(Heap& heap, const Value& values) {
  if (values.is(Kind::Tuple)) {
    const auto room = heap.values(values.items().size());
    std::transform(values.items().begin(), values.items().end(), room.begin(),
                   [&](const Value& v) { return escaped_unless_number(heap, v); });
    return Value::tuple(room);
  }
  if (!values.is(Kind::Dict)) return escaped_unless_number(heap, values);
  std::vector<DictEntry> entries;
  for (const DictEntry& e : values.dict().entries)
    entries.push_back({e.key, escaped_unless_number(heap, e.value)});
  return heap.dict(entries);
}

Value call_method_of_markup(Interpreter& in, const Native& method, const Arguments& arguments) {
  Heap& heap = in.heap();
  const auto positional = heap.values(arguments.positional.size());
  std::copy(arguments.positional.begin(), arguments.positional.end(), positional.begin());
  const size_t at = argument_that_enters(method.name);
  if (at > 0 && at < positional.size()) {
    if (method.name == "join") {
      const auto items = items_of(heap, positional[at]);
      const auto room = heap.values(items.size());
      std::transform(items.begin(), items.end(), room.begin(),
                     [&](const Value& v) { return escaped(heap, v); });
      positional[at] = Value::list(room);
    } else {
      positional[at] = escaped(heap, positional[at]);
    }
  }
  const Value result = call_native(in, method, {positional, arguments.named});
  if (result.is(Kind::String)) return result.as_markup();
  if (result.is(Kind::List)) return Value::list(all_marked(heap, result.items()));
  if (result.is(Kind::Tuple)) return Value::tuple(all_marked(heap, result.items()));
  return result;
}

}  // namespace fullshard::jinja
