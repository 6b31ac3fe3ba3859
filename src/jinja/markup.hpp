#pragma once
// Texts that `safe` or `escape` gave, MarkupSafe's Markup: what joins them is escaped, and what is made of
// them is Markup, too.

#include <string>

#include "jinja/native.hpp"

namespace fullshard::jinja {

/// With entities in place of & < > ' and ".
std::string escaped_text(std::string_view text);
/// str(v) escaped, as Markup; Markup as it is.
Value escaped(Heap& heap, const Value& v);

/// What an operation made of `origin`: Markup where that is.
inline Value like(const Value& origin, const Value& result) {
  return origin.is_markup() ? result.as_markup() : result;
}

/// left + right, one of them Markup and both strings.
Value added_markup(Heap& heap, const Value& left, const Value& right);
/// What a format that is Markup is filled with: numbers as they are, all else escaped.
Value escaped_values(Heap& heap, const Value& values);
/// A method of str on arguments.positional[0], which is Markup.
Value call_method_of_markup(Interpreter& in, const Native& method, const Arguments& arguments);

}  // namespace fullshard::jinja
