#pragma once

#include <string_view>

#include "fullshard/jinja/member.hpp"

namespace fullshard::chat {

/// The value of a key of a dict, or null. None counts as absent, as it does for transformers.
inline const jinja::Value* present(const jinja::Value& dict, std::string_view key) {
  const jinja::Value* value = jinja::member(dict, key);
  return value == nullptr || value->is(jinja::Kind::None) ? nullptr : value;
}

}  // namespace fullshard::chat
