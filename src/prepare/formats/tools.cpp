#include "prepare/formats/tools.hpp"

#include <array>
#include <vector>

#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/parse_json.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

using jinja::DictEntry;
using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

constexpr std::string_view kThoughtEnd = "</think>";

Value wrapped(const Value& function, Heap& heap) {
  const std::array entries{DictEntry{Value::string("type"), Value::string("function")},
                           DictEntry{Value::string("function"), function}};
  return heap.dict(entries);
}

// One value is a list of it.
std::span<const Value> listed(const Value& value) {
  return value.is(Kind::List) ? value.items() : std::span(&value, 1);
}

Value arguments_of(const Value& call, Heap& heap) {
  const Value* found = jinja::member(call, "arguments");
  if (found == nullptr || found->is(Kind::None)) return heap.dict({});
  if (!found->is(Kind::String)) return *found;
  try {
    const Value inside = jinja::parse_json(found->string(), heap);
    if (inside.is(Kind::Dict)) return inside;
  } catch (const jinja::TemplateError& e) {
    if (e.kind == jinja::ErrorKind::Limit) throw;
  }
  return *found;
}

Value call_of(const Value& call, std::string_view what, Heap& heap) {
  const Value* inside = jinja::member(call, "function");
  const Value& function = inside != nullptr && inside->is(Kind::Dict) ? *inside : call;
  const Value* name = jinja::member(function, "name");
  if (name == nullptr || !name->is(Kind::String))
    fail(Fault::Row, "{}: expected calls with a name and arguments, found {} without a name", what,
         json_kind(function));
  std::vector<DictEntry> entries;
  for (const DictEntry& entry : function.dict().entries)
    if (entry.key.string() != "arguments") entries.push_back(entry);
  entries.push_back({Value::string("arguments"), arguments_of(function, heap)});
  if (inside == nullptr) return wrapped(heap.dict(entries), heap);
  std::vector<DictEntry> whole;
  for (const DictEntry& entry : call.dict().entries)
    whole.push_back(entry.key.string() == "function" ? DictEntry{entry.key, heap.dict(entries)} : entry);
  return heap.dict(whole);
}

}  // namespace

Value tools_of(const Value& column, std::string_view what, Heap& heap) {
  Value tools = column;
  if (column.is(Kind::String)) {
    if (column.string().find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
    tools = parse_inner(column.string(), what, heap);
  }
  if (tools.is(Kind::None)) return {};
  std::vector<Value> list;
  for (const Value& tool : listed(tools)) {
    if (!tool.is(Kind::Dict))
      fail(Fault::Row, "{}: expected a list of tools, found {} in it", what, json_kind(tool));
    const bool bare = jinja::member(tool, "name") != nullptr && jinja::member(tool, "function") == nullptr;
    list.push_back(bare ? wrapped(tool, heap) : tool);
  }
  return list.empty() ? Value() : heap.list(list);
}

Value tool_calls_of(const Value& calls, std::string_view what, Heap& heap) {
  std::vector<Value> list;
  for (const Value& call : listed(calls)) list.push_back(call_of(call, what, heap));
  return heap.list(list);
}

Value function_call_message(const Value& text, std::string_view what, Heap& heap) {
  std::string_view thought;
  Value calls = text;
  if (text.is(Kind::String)) {
    std::string_view rest = text.string();
    const size_t end = rest.find(kThoughtEnd);
    if (rest.substr(0, rest.find_first_of("[{")).find("<think>") != rest.npos && end != rest.npos) {
      thought = rest.substr(0, end + kThoughtEnd.size());
      rest.remove_prefix(end + kThoughtEnd.size());
    }
    calls = parse_inner(rest, what, heap);
  }
  const std::array entries{DictEntry{Value::string("role"), Value::string("assistant")},
                           DictEntry{Value::string("content"), Value::string(thought)},
                           DictEntry{Value::string("tool_calls"), tool_calls_of(calls, what, heap)}};
  return heap.dict(entries);
}

}  // namespace fullshard::prepare
