#include "prepare/formats/formats.hpp"
#include "prepare/formats/openai_messages.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

Pair pair_of_texts(const Value& row, const Value& prompt, const Value& response, const Columns& columns,
                   Heap& heap) {
  Pair pair{text_of(prompt, columns.prompt), text_of(response, columns.response), {}};
  if (pair.response.empty())
    fail(Fault::NothingTrained, "the column \"{}\" is empty: there is nothing to train", columns.response);
  MessageList messages(heap);
  messages.add("user", pair.prompt);
  messages.add("assistant", pair.response);
  pair.conversation = messages.finish(row, columns);
  return pair;
}

chat::Conversation pair_of_lists(const Value& row, const Value& prompt, const Value& response,
                                 const Columns& columns, Heap& heap) {
  static const Tags tags = openai_tags();
  OpenAiMessages messages(tags, heap);
  messages.add(prompt, columns.prompt, chat::Learn::WithEverything);
  const size_t prompts = messages.size();
  messages.add(response, columns.response);
  if (messages.size() == prompts) fail(Fault::NothingTrained, "the column \"{}\" is empty", columns.response);
  return messages.finish(row, columns);
}

}  // namespace

Example pair_row(const Value& row, const Columns& columns, Heap& heap) {
  const Value& prompt = needed(row, columns.prompt, "prompt");
  const Value& response = needed(row, columns.response, "response");
  if (prompt.is(Kind::List) || response.is(Kind::List))
    return pair_of_lists(row, prompt, response, columns, heap);
  return pair_of_texts(row, prompt, response, columns, heap);
}

}  // namespace fullshard::prepare
