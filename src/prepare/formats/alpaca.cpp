#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Value;

namespace {

void add_history(const Value& history, std::string_view what, MessageList& messages) {
  for (const Value& turn : list_of(history, what)) {
    const auto pair = list_of(turn, what);
    if (pair.size() != 2)
      fail(Fault::Row, "{}: expected pairs of a prompt and a response, found a list of {}", what,
           pair.size());
    messages.add("user", text_of(pair[0], what));
    messages.add("assistant", text_of(pair[1], what));
  }
}

}  // namespace

std::string_view alpaca_prompt(const Value& row, const Columns& columns, Heap& heap) {
  const Value* prompt = column(row, columns.prompt);
  const Value* query = column(row, columns.query);
  if (prompt == nullptr && query == nullptr) needed(row, columns.prompt, "prompt");
  const std::string_view first = prompt == nullptr ? std::string_view() : text_of(*prompt, columns.prompt);
  const std::string_view second = query == nullptr ? std::string_view() : text_of(*query, columns.query);
  if (first.empty() || second.empty()) return first.empty() ? second : first;
  return heap.string(fmt::format("{}\n{}", first, second)).string();
}

chat::Conversation alpaca_row(const Value& row, const Columns& columns, Heap& heap) {
  MessageList messages(heap);
  if (const Value* history = column(row, columns.history)) add_history(*history, columns.history, messages);
  messages.add("user", alpaca_prompt(row, columns, heap));
  messages.add("assistant", text_of(needed(row, columns.response, "response"), columns.response));
  return messages.finish(row, columns);
}

}  // namespace fullshard::prepare
