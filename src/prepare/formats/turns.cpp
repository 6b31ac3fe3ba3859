#include "prepare/formats/turns.hpp"

#include <array>
#include <utility>

#include "fullshard/core/json_writer.hpp"
#include "prepare/formats/row_access.hpp"

namespace fullshard::prepare {

namespace {

std::string either(const std::string& first, const std::string& second) {
  return second.empty() ? first : first.empty() ? second : first + " or " + second;
}

bool answers(Turn turn) {
  return turn == Turn::Assistant || turn == Turn::Call;
}

}  // namespace

Turn turn_of(std::string_view role, const Tags& tags) {
  const std::array<std::pair<const std::string*, Turn>, 5> all{{{&tags.user, Turn::User},
                                                                {&tags.assistant, Turn::Assistant},
                                                                {&tags.observation, Turn::Observation},
                                                                {&tags.function, Turn::Call},
                                                                {&tags.system, Turn::System}}};
  for (const auto& [tag, turn] : all)
    if (!tag->empty() && role == *tag) return turn;
  return Turn::Unknown;
}

std::string_view role_of(Turn turn) {
  switch (turn) {
    case Turn::System:
      return "system";
    case Turn::Observation:
      return "tool";
    case Turn::Assistant:
    case Turn::Call:
      return "assistant";
    case Turn::User:
    case Turn::Unknown:
      break;
  }
  return "user";
}

bool TurnOrder::asks_next(Turn turn) const {
  if (turn == Turn::Observation && last_ == Turn::Observation) return observations_ == Observations::InARow;
  return (turn == Turn::User || turn == Turn::Observation) && (answers(last_) || last_ == Turn::System);
}

std::string TurnOrder::expected() const {
  const bool prompt = answers(last_) || last_ == Turn::System;
  const std::string names =
      prompt ? either(tags_.user, tags_.observation) : either(tags_.assistant, tags_.function);
  return names.empty() ? fmt::format("a role that tags has as {}", prompt ? "user_tag" : "assistant_tag")
                       : names;
}

void TurnOrder::next(Turn turn, std::string_view role) {
  ++count_;
  last_role_ = role;
  if (turn == Turn::System && count_ == 1) return;
  const bool fits = answers(turn) ? !answers(last_) && last_ != Turn::System : asks_next(turn);
  if (!fits)
    fail(Fault::Roles, "message {}: expected {}, found {}; {}", count_, expected(), json_excerpt(role),
         turn == Turn::Unknown ? "who speaks under which name is in tags" : "prompts and answers take turns");
  last_ = turn;
}

void TurnOrder::finish() const {
  if (last_ == Turn::System) fail(Fault::Roles, "a conversation without a message to answer");
  if (!answers(last_))
    fail(Fault::Roles, "the conversation ends with {}; expected {} last", json_excerpt(last_role_),
         either(tags_.assistant, tags_.function));
}

const jinja::Value& member_of(const jinja::Value& message, const std::string& key, std::string_view what) {
  if (!message.is(jinja::Kind::Dict))
    fail(Fault::Row, "{}: expected an object, found {}", what, json_kind(message));
  if (const jinja::Value* found = jinja::member(message, key)) return *found;
  fail(Fault::Row, "{}: expected \"{}\", found {}; other names stand in tags (role_tag, content_tag)", what,
       key, names_in(message));
}

}  // namespace fullshard::prepare
