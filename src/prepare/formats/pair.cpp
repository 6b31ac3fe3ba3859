#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"
#include "prepare/formats/turns.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

Pair pair_of_texts(const Value& row, const Columns& columns, Heap& heap) {
  const Pair pair{text_of(needed(row, columns.prompt, "prompt"), columns.prompt),
                  text_of(needed(row, columns.response, "response"), columns.response),
                  heap.dict(template_variables(row))};
  if (pair.response.empty())
    fail(Fault::NothingTrained, "the column \"{}\" is empty: there is nothing to train", columns.response);
  return pair;
}

chat::Learn learn_of_prompt(const Value& message) {
  const chat::Learn says = chat::learn_of(message);
  return says == chat::Learn::ByRole ? chat::Learn::WithEverything : says;
}

chat::Conversation pair_of_lists(const Value& row, const Columns& columns, Heap& heap) {
  MessageList messages(heap);
  const auto add = [&](const std::string& name, const auto& learn) {
    for (const Value& message : list_of(*column(row, name), name)) {
      const std::string what = fmt::format("{}, message {}", name, messages.size() + 1);
      const std::string_view role = text_of(member_of(message, "role", what), what);
      messages.add(message_with(role, message, openai_tags(), what, heap), learn(message));
    }
  };
  add(columns.prompt, learn_of_prompt);
  const size_t prompts = messages.size();
  add(columns.response, chat::learn_of);
  if (messages.size() == prompts) fail(Fault::NothingTrained, "the column \"{}\" is empty", columns.response);
  return messages.finish(row, columns);
}

}  // namespace

Example pair_row(const Value& row, const Columns& columns, Heap& heap) {
  if (needed(row, columns.prompt, "prompt").is(Kind::List) ||
      needed(row, columns.response, "response").is(Kind::List))
    return pair_of_lists(row, columns, heap);
  return pair_of_texts(row, columns, heap);
}

}  // namespace fullshard::prepare
