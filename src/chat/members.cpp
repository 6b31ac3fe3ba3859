#include "chat/members.hpp"

namespace fullshard::chat {

const jinja::Value* member(const jinja::Value& dict, std::string_view key) {
  for (const jinja::DictEntry& entry : dict.dict().entries)
    if (entry.key.is(jinja::Kind::String) && entry.key.string() == key)
      return entry.value.is(jinja::Kind::None) ? nullptr : &entry.value;
  return nullptr;
}

std::string_view kind_name(const jinja::Value& value) {
  switch (value.kind()) {
    case jinja::Kind::Missing:
    case jinja::Kind::None:
      return "nothing";
    case jinja::Kind::Bool:
      return "true or false";
    case jinja::Kind::Int:
    case jinja::Kind::Float:
      return "a number";
    case jinja::Kind::String:
      return "a string";
    case jinja::Kind::List:
      return "a list";
    case jinja::Kind::Dict:
      return "an object";
    default:
      return "another value";
  }
}

}  // namespace fullshard::chat
