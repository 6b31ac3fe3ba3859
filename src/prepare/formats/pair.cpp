#include "prepare/formats/formats.hpp"
#include "prepare/formats/row_access.hpp"
#include "prepare/formats/turns.hpp"

namespace fullshard::prepare {

using jinja::Heap;
using jinja::Kind;
using jinja::Value;

namespace {

Pair pair_of_texts(const Value& row, const Value& prompt, const Value& response, const Columns& columns) {
  const Pair pair{text_of(prompt, columns.prompt), text_of(response, columns.response), row};
  if (pair.response.empty())
    fail(Fault::NothingTrained, "the column \"{}\" is empty: there is nothing to train", columns.response);
  return pair;
}

chat::Learn learn_of_prompt(const Value& message) {
  const chat::Learn says = chat::learn_of(message);
  return says == chat::Learn::ByRole ? chat::Learn::WithEverything : says;
}

chat::Conversation pair_of_lists(const Value& row, const Value& prompt, const Value& response,
                                 const Columns& columns, Heap& heap) {
  MessageList messages(heap);
  const auto add = [&](const Value& list, const std::string& name, const auto& learn) {
    for (const Value& message : list_of(list, name)) {
      const std::string what = fmt::format("{}, message {}", name, messages.size() + 1);
      const std::string_view role = text_of(member_of(message, "role", what), what);
      messages.add(message_with(role, message, openai_tags(), what, heap), learn(message));
    }
  };
  add(prompt, columns.prompt, learn_of_prompt);
  const size_t prompts = messages.size();
  add(response, columns.response, chat::learn_of);
  if (messages.size() == prompts) fail(Fault::NothingTrained, "the column \"{}\" is empty", columns.response);
  return messages.finish(row, columns);
}

}  // namespace

Example pair_row(const Value& row, const Columns& columns, Heap& heap) {
  const Value& prompt = needed(row, columns.prompt, "prompt");
  const Value& response = needed(row, columns.response, "response");
  if (prompt.is(Kind::List) || response.is(Kind::List))
    return pair_of_lists(row, prompt, response, columns, heap);
  return pair_of_texts(row, prompt, response, columns);
}

}  // namespace fullshard::prepare
