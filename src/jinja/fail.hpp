#pragma once
// Below the interpreter nobody knows the line of the template: errors start with line 0, and whoever knows it
// adds it.

#include <string>
#include <string_view>

#include "fullshard/jinja/error.hpp"
#include "fullshard/jinja/value.hpp"

namespace fullshard::jinja {

[[noreturn]] void fail(ErrorKind kind, const std::string& reason);
/// An undefined value was used for more than printing, testing and iterating: says what was missing.
[[noreturn]] void fail_undefined(const Value& undefined);
inline void require_defined(const Value& v) {
  if (v.is(Kind::Undefined)) fail_undefined(v);
}

/// What a template or its data names, for a message: in single quotes as in Python's messages, or the start
/// of it as JSON where it is long or cannot be printed.
std::string shown_name(std::string_view name);
/// A sentence of the template's own, likewise; without quotes where it is printed as it is.
std::string shown_sentence(std::string_view text);

/// As Python names it: "str", "dict", "NoneType".
std::string_view type_name(const Value& v);

}  // namespace fullshard::jinja
