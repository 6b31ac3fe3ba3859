#include <algorithm>
#include <array>

#include "fullshard/core/json_writer.hpp"
#include "prepare/formats/formats.hpp"
#include "prepare/formats/openai_messages.hpp"
#include "prepare/formats/row_access.hpp"
#include "prepare/formats/tools.hpp"

namespace fullshard::prepare {

using jinja::DictEntry;
using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

// Entries of a message that are read here; the others go to the template as they are.
constexpr std::array<std::string_view, 6> kRead{"weight",     "train",         "loss_weight",
                                                "tool_calls", "function_call", "content"};

/// The parts of a content, put together: texts follow each other without anything between them.
struct Parts {
  std::string text, reasoning;
  std::vector<Value> calls;
};

std::string_view part_text(const Value& part, std::string_view what) {
  for (const char* key : {"text", "value", "content"})
    if (const Value* found = jinja::member(part, key)) return text_of(*found, what);
  fail(Fault::Row, "{}: expected a part with \"text\", found {}", what, names_in(part));
}

void add_part(const Value& part, std::string_view what, Heap& heap, Parts& out) {
  if (part.is(Kind::String)) {
    out.text += part.string();
    return;
  }
  const std::string_view type = text_of(member_of(part, "type", what), what);
  if (type == "text") {
    out.text += part_text(part, what);
  } else if (type == "reasoning" || type == "thinking") {
    out.reasoning += part_text(part, what);
  } else if (type == "tool_call") {
    out.calls.push_back(parse_inner(part_text(part, what), what, heap));
  } else {
    fail(Fault::Row, "{}: expected parts of type text, found {}; only text is trained on", what,
         json_excerpt(type));
  }
}

Parts parts_of(const Value* content, std::string_view what, Heap& heap) {
  Parts parts;
  if (content == nullptr || content->is(Kind::None)) return parts;
  if (!content->is(Kind::List)) {
    parts.text = text_of(*content, what);
    return parts;
  }
  for (const Value& part : list_of(*content, what)) add_part(part, what, heap, parts);
  return parts;
}

// tool_calls, or the older function_call, or parts of the content.
Value calls_of(const Value& message, const Parts& parts, std::string_view what, Heap& heap) {
  const Value* calls = column(message, "tool_calls");
  if (calls == nullptr) calls = column(message, "function_call");
  if (calls == nullptr)
    return parts.calls.empty() ? Value() : tool_calls_of(heap.list(parts.calls), what, heap);
  if (calls->is(Kind::List) && calls->items().empty()) return {};
  return tool_calls_of(*calls, what, heap);
}

bool is_read(const DictEntry& entry, const Tags& tags) {
  const std::string_view key = entry.key.string();
  return key == tags.role || key == tags.content || std::find(kRead.begin(), kRead.end(), key) != kRead.end();
}

// Names of OpenAI's own that mean what others do: `developer` says what the system does, `function` gives
// what a tool does.
std::string_view usual(std::string_view role, const Tags& tags) {
  if (role == "developer") return tags.system;
  if (role == "function") return tags.observation;
  return role;
}

// A message for a template: content and tool calls as templates expect them, all other entries as they are.
Value message_with(std::string_view role, const Value& message, const Tags& tags, std::string_view what,
                   Heap& heap) {
  const Value* content = jinja::member(message, tags.content);
  const Parts parts = parts_of(content, what, heap);
  const Value calls = calls_of(message, parts, what, heap);
  if (calls.is(Kind::Missing) && (content == nullptr || content->is(Kind::None)))
    fail(Fault::Row, "{}: expected \"{}\" or tool_calls, found {}", what, tags.content, names_in(message));
  std::vector<DictEntry> entries{{Value::string("role"), Value::string(role)},
                                 {Value::string("content"), heap.string(parts.text)}};
  for (const DictEntry& entry : message.dict().entries)
    if (!is_read(entry, tags)) entries.push_back(entry);
  if (!parts.reasoning.empty())
    entries.push_back({Value::string("reasoning_content"), heap.string(parts.reasoning)});
  if (!calls.is(Kind::Missing)) entries.push_back({Value::string("tool_calls"), calls});
  return heap.dict(entries);
}

}  // namespace

OpenAiMessages::OpenAiMessages(const Tags& tags, Heap& heap)
    : tags_(tags), heap_(heap), order_(tags, Observations::InARow), messages_(heap) {}

void OpenAiMessages::add(const Value& list, const std::string& column, chat::Learn learn_otherwise) {
  for (const Value& message : list_of(list, column)) {
    const std::string what = fmt::format("{}, message {}", column, messages_.size() + 1);
    const std::string_view role = text_of(member_of(message, tags_.role, what), what);
    const Turn whose = turn_of(usual(role, tags_), tags_);
    order_.next(whose, role);
    const chat::Learn says = chat::learn_of(message);
    const chat::Learn learn = says == chat::Learn::ByRole ? learn_otherwise : says;
    const bool is_call = whose == Turn::Call && jinja::member(message, "tool_calls") == nullptr;
    if (is_call)
      messages_.add(function_call_message(member_of(message, tags_.content, what), what, heap_), learn);
    else
      messages_.add(message_with(role == "developer" ? role : role_of(whose), message, tags_, what, heap_),
                    learn);
  }
}

chat::Conversation OpenAiMessages::finish(const Value& row, const Columns& columns) {
  order_.finish();
  return messages_.finish(row, columns);
}

chat::Conversation openai_row(const Value& row, const RowFormat& format, Heap& heap) {
  const std::string& column = format.columns.messages;
  OpenAiMessages messages(format.tags, heap);
  messages.add(needed(row, column, "messages"), column);
  return messages.finish(row, format.columns);
}

}  // namespace fullshard::prepare
