#include "prepare/formats/message_list.hpp"

#include <array>

#include "fullshard/chat/chat_template.hpp"
#include "prepare/formats/row_access.hpp"
#include "prepare/formats/tools.hpp"

namespace fullshard::prepare {

using jinja::Value;

namespace {

constexpr std::string_view kVariables = "chat_template_kwargs";

// What the system says under OpenAI's two names of it.
bool is_system(const Value& message) {
  const std::string_view role = jinja::member(message, "role")->string();
  return role == "system" || role == "developer";
}

}  // namespace

std::vector<jinja::DictEntry> template_variables(const Value& row) {
  const Value* given = column(row, kVariables);
  if (given == nullptr) return {};
  if (!given->is(jinja::Kind::Dict))
    fail(Fault::Row, "{}: expected an object, found {}", kVariables, json_kind(*given));
  if (const auto name = chat::reserved_variable(*given); !name.empty())
    fail(Fault::Row, "{}: {} is given for every text, and not for a row to say", kVariables, name);
  const auto entries = given->dict().entries;
  return {entries.begin(), entries.end()};
}

Value message_of(std::string_view role, std::string_view content, jinja::Heap& heap) {
  const std::array entries{jinja::DictEntry{Value::string("role"), Value::string(role)},
                           jinja::DictEntry{Value::string("content"), Value::string(content)}};
  return heap.dict(entries);
}

void MessageList::add(std::string_view role, std::string_view content, chat::Learn learn) {
  add(message_of(role, content, heap_), learn);
}

void MessageList::add(const Value& message, chat::Learn learn) {
  messages_.push_back(message);
  learn_.push_back(learn);
}

chat::Conversation MessageList::finish(const Value& row, const Columns& columns) {
  const bool has_system = !messages_.empty() && is_system(messages_.front());
  if (const Value* system = column(row, columns.system); system != nullptr && !has_system)
    if (const auto words = text_of(*system, columns.system); !words.empty()) {
      messages_.insert(messages_.begin(), message_of("system", words, heap_));
      learn_.insert(learn_.begin(), chat::Learn::ByRole);
    }
  std::vector<jinja::DictEntry> variables = template_variables(row);
  if (const Value* tools = column(row, columns.tools))
    if (const Value list = tools_of(*tools, columns.tools, heap_); !list.is(jinja::Kind::Missing))
      variables.push_back({Value::string("tools"), list});
  return {heap_.list(messages_), std::move(learn_), heap_.dict(variables)};
}

}  // namespace fullshard::prepare
