#include "fullshard/jinja/member.hpp"

namespace fullshard::jinja {

const Value* member(const Value& value, std::string_view key) {
  if (!value.is(Kind::Dict)) return nullptr;
  for (const DictEntry& entry : value.dict().entries)
    if (entry.key.is(Kind::String) && entry.key.string() == key) return &entry.value;
  return nullptr;
}

std::string_view json_kind(const Value& value) {
  switch (value.kind()) {
    case Kind::None:
      return "null";
    case Kind::Bool:
      return "true or false";
    case Kind::Int:
    case Kind::Float:
      return "a number";
    case Kind::String:
      return "a string";
    case Kind::List:
    case Kind::Tuple:
      return "a list";
    case Kind::Dict:
      return "an object";
    default:
      return "nothing";
  }
}

}  // namespace fullshard::jinja
