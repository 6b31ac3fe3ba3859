#pragma once

#include <string_view>

#include "fullshard/jinja/value.hpp"

namespace fullshard::chat {

/// The value of a key of a dict, or null. None counts as absent, as it does for transformers.
const jinja::Value* member(const jinja::Value& dict, std::string_view key);

/// "a string", "a list", … for messages about rows.
std::string_view kind_name(const jinja::Value& value);

}  // namespace fullshard::chat
