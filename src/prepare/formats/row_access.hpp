#pragma once

#include <fmt/format.h>

#include "fullshard/jinja/member.hpp"
#include "fullshard/prepare/example.hpp"

namespace fullshard::prepare {

using data::Fault;

template <class... Args>
[[noreturn]] void fail(Fault fault, fmt::format_string<Args...> format, Args&&... args) {
  throw ExampleError(fault, fmt::format(format, std::forward<Args>(args)...));
}

/// The names of the row's columns, for messages.
std::string names_in(const jinja::Value& row);

/// What the row has in a column; null where it has none of that name, or null in it.
const jinja::Value* column(const jinja::Value& row, std::string_view name);

/// A column that must be there; `option` is the key of `columns` that names it.
const jinja::Value& needed(const jinja::Value& row, std::string_view name, std::string_view option);

/// `what` begins the message where it is none.
std::string_view text_of(const jinja::Value& value, std::string_view what);
std::span<const jinja::Value> list_of(const jinja::Value& value, std::string_view what);

/// parse_json, for JSON inside a string.
jinja::Value parse_inner(std::string_view text, std::string_view what, jinja::Heap& heap);

}  // namespace fullshard::prepare
