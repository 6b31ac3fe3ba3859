#include "chat/dialogue.hpp"

#include <fmt/format.h>

#include "chat/members.hpp"
#include "fullshard/chat/fault.hpp"
#include "fullshard/core/check.hpp"

namespace fullshard::chat {

using jinja::Kind;
using jinja::Value;

namespace {

// Renderings of one conversation together: as many as it has messages, each as long as what is before them.
constexpr size_t kRenderedBytes = size_t{256} << 20;

constexpr std::string_view kReasoning[] = {"reasoning_content", "thinking", "reasoning"};
constexpr std::string_view kThinkingSwitches[] = {"enable_thinking", "thinking", "open_thinking"};

// Source: _alias_reasoning_fields of transformers' chat_template_utils.py
Value prepared_message(const Value& message, jinja::Heap& heap) {
  const Value* reasoning = nullptr;
  for (const std::string_view name : kReasoning)
    if (reasoning == nullptr) reasoning = present(message, name);
  const std::span<const jinja::DictEntry> given = message.dict().entries;
  std::vector<jinja::DictEntry> entries;
  if (reasoning != nullptr) entries.push_back({Value::string("thinking"), *reasoning});
  for (const jinja::DictEntry& entry : given)
    if (!entry.value.is(Kind::None)) entries.push_back(entry);
  if (reasoning == nullptr && entries.size() == given.size()) return message;
  if (reasoning != nullptr) entries.push_back({Value::string("reasoning_content"), *reasoning});
  return heap.dict(entries);
}

void expect_objects(const Value& list, std::string_view name) {
  if (!list.is(Kind::List))
    throw ConversationError(
        Fault::Row, fmt::format("{}: expected a list of objects, found {}", name, jinja::json_kind(list)));
  for (const Value& element : list.items())
    if (!element.is(Kind::Dict))
      throw ConversationError(Fault::Row, fmt::format("{}: expected objects in the list, found {}", name,
                                                      jinja::json_kind(element)));
}

}  // namespace

Dialogue::Dialogue(const ChatTemplate& chat_template, const Conversation& conversation, jinja::Heap& heap)
    : options_(&chat_template.options()), heap_(&heap), bytes_left_(kRenderedBytes) {
  expect_objects(conversation.messages, "messages");
  if (conversation.messages.items().empty())
    throw ConversationError(Fault::Row, "messages: expected at least one, found an empty list");
  FS_CHECK(conversation.learn.empty() || conversation.learn.size() == conversation.messages.items().size(),
           "{} flags for {} messages", conversation.learn.size(), conversation.messages.items().size());
  for (const Value& message : conversation.messages.items())
    messages_.push_back(prepared_message(message, heap));
  take_variables(conversation, chat_template);
}

void Dialogue::take_variables(const Conversation& conversation, const ChatTemplate& chat_template) {
  for (const tokenize::NamedToken& token : chat_template.special_tokens())
    variables_.push_back({heap_->string(token.name), heap_->string(token.text)});
  for (const char* name : {"tools", "documents"}) variables_.push_back({Value::string(name), Value::none()});
  variables_.push_back({Value::string("add_generation_prompt"), Value::boolean(false)});
  // Templates that ask whether there is a date have one of their own for where there is none.
  if (!options_->now) variables_.push_back({Value::string("strftime_now"), Value::undefined("strftime_now")});
  const auto take = [&](std::span<const jinja::DictEntry> given) {
    variables_.insert(variables_.end(), given.begin(), given.end());
  };
  take(chat_template.variables());
  if (conversation.variables.is(Kind::Dict)) take(conversation.variables.dict().entries);
  const Value all = heap_->dict(variables_);
  for (const char* name : {"tools", "documents"})
    if (const Value* list = present(all, name)) expect_objects(*list, name);
  const bool tools = present(all, "tools") != nullptr;
  template_ = &chat_template.choose(tools ? ChatTemplate::Tools::Given : ChatTemplate::Tools::None);
}

std::string_view Dialogue::role(size_t message) const {
  const Value* role = present(messages_[message], "role");
  return role != nullptr && role->is(Kind::String) ? role->string() : "";
}

std::string Dialogue::remark(const jinja::TemplateError& e, size_t count) const {
  if (!options_->now && e.kind == jinja::ErrorKind::Undefined &&
      e.reason.find("strftime_now") != std::string::npos)
    return " here: with the date of the day the same data would be another text every day; write a date into "
           "the template";
  if (count == messages_.size()) return "";
  return fmt::format(" (with the first {} of {} messages, which the masks need)", count, messages_.size());
}

jinja::Rendered Dialogue::render(size_t count, const Entries& more) {
  Entries entries = variables_;
  entries.push_back({Value::string("messages"), Value::list(std::span<const Value>(messages_).first(count))});
  entries.insert(entries.end(), more.begin(), more.end());
  try {
    jinja::Rendered rendered = template_->render(heap_->dict(entries), *options_);
    if (rendered.text.size() > bytes_left_)
      throw ConversationError(
          Fault::Template,
          fmt::format("the masks of these {} messages take renderings of more than {} bytes; a template "
                      "with {{% generation %}} needs one, split the conversation or mark its template",
                      messages_.size(), kRenderedBytes));
    bytes_left_ -= rendered.text.size();
    return rendered;
  } catch (const jinja::TemplateError& e) {
    throw ConversationError(Fault::Template, e.what() + remark(e, count));
  }
}

jinja::Rendered Dialogue::whole() {
  return render(messages_.size(), {});
}

jinja::Rendered Dialogue::first(size_t count) {
  return render(count, {{Value::string("add_generation_prompt"), Value::boolean(false)}});
}

std::string Dialogue::prompt(size_t count, Thinking thinking) {
  Entries more = {{Value::string("add_generation_prompt"), Value::boolean(true)}};
  if (thinking != Thinking::AsGiven)
    for (const std::string_view name : kThinkingSwitches)
      more.push_back({Value::string(name), Value::boolean(thinking == Thinking::On)});
  return render(count, more).text;
}

}  // namespace fullshard::chat
