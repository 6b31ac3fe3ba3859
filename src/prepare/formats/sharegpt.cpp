#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"
#include "prepare/formats/tools.hpp"
#include "prepare/formats/turns.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Value;

namespace {

// They would be lost: calls of this format are turns.
void refuse_calls(const Value& turn, std::string_view what) {
  for (const char* name : {"tool_calls", "function_call"})
    if (const Value* calls = column(turn, name);
        calls != nullptr && !(calls->is(jinja::Kind::List) && calls->items().empty()))
      fail(Fault::Row, "{}: has \"{}\", which formatting: openai reads, and sharegpt does not", what, name);
}

}  // namespace

chat::Conversation sharegpt_row(const Value& row, const RowFormat& format, Heap& heap) {
  const Tags& tags = format.tags;
  MessageList messages(heap);
  TurnOrder order(tags, Observations::OneByOne);
  for (const Value& turn :
       list_of(needed(row, format.columns.messages, "messages"), format.columns.messages)) {
    const std::string what = fmt::format("message {}", messages.size() + 1);
    const std::string_view role = text_of(member_of(turn, tags.role, what), what);
    const Turn whose = turn_of(role, tags);
    order.next(whose, role);
    const Value& content = member_of(turn, tags.content, what);
    refuse_calls(turn, what);
    const chat::Learn learn = chat::learn_of(turn);
    if (whose == Turn::Call)
      messages.add(function_call_message(content, what, heap), learn);
    else
      messages.add(role_of(whose), text_of(content, what), learn);
  }
  order.finish();
  return messages.finish(row, format.columns);
}

}  // namespace fullshard::prepare
