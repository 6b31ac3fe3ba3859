#pragma once
// Functions that templates call and C++ answers: filters, tests, methods, globals.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

class Interpreter;
struct MacroDefinition;

struct NamedValue {
  Value name, value;
};

/// What a call brings; for filters, tests and methods positional[0] is the value, or object, itself.
struct Arguments {
  std::span<const Value> positional;
  std::span<const NamedValue> named;
};

/// One value for each parameter, Missing where none was given.
using Bound = std::span<const Value>;

struct Native {
  std::string_view name;
  /// Names of the parameters, separated by spaces. Those before a "/" can be given by position only.
  std::string_view parameters;
  int required = 1;
  Value (*body)(Interpreter&, Bound) = nullptr;
  /// Instead of `body`, for functions that take what comes.
  Value (*raw)(Interpreter&, const Arguments&) = nullptr;
};

Value call_native(Interpreter& in, const Native& native, const Arguments& arguments);

/// The entry of this name, or null.
const Native* find_native(std::span<const Native> table, std::string_view name);

// The tables. A name is in one of the parts.
const Native* find_filter(std::string_view name);
const Native* find_test(std::string_view name);
const Native* find_global(std::string_view name);
/// The method `name` of an object of this value's type; null if there is none. Whether a sandbox allows it is
/// another question.
const Native* find_method(const Value& object, std::string_view name);

/// repr of a macro.
std::string macro_text(const MacroDefinition& macro);

// Readers of arguments: TypeError, with the function's word for it, where the type is another.
int64_t integer_argument(const Value& v, std::string_view what);
std::string_view text_argument(const Value& v, std::string_view what);
inline bool given(const Value& v) {
  return !v.is(Kind::Missing);
}
inline bool given_and_not_none(const Value& v) {
  return !v.is(Kind::Missing) && !v.is(Kind::None);
}

}  // namespace fullshard::jinja
