#pragma once

#include <string_view>

#include "fullshard/jinja/value.hpp"

namespace fullshard::jinja {

/// What a dict has under `key`; null where it has no such key, or `value` is no dict. Looks through all
/// entries.
const Value* member(const Value& value, std::string_view key);

/// "an object", "a list", "a string", "a number", "true or false", "null"
std::string_view json_kind(const Value& value);

}  // namespace fullshard::jinja
