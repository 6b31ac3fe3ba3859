#pragma once

#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::prepare {

/// Tools as templates expect them, {"type": "function", "function": {name, description, parameters}} each,
/// from a list or JSON in a string, wrapped so or bare. Missing where there are none.
jinja::Value tools_of(const jinja::Value& column, std::string_view what, jinja::Heap& heap);

/// A list of {"type": "function", "function": {name, arguments}} from one call or several, wrapped so or
/// bare. Arguments that are JSON in a string become what they say: templates write them, and servers give
/// them, as objects.
jinja::Value tool_calls_of(const jinja::Value& calls, std::string_view what, jinja::Heap& heap);

/// An assistant's message of a text that is the JSON of such calls, after a <think>…</think> if it has one.
jinja::Value function_call_message(const jinja::Value& text, std::string_view what, jinja::Heap& heap);

}  // namespace fullshard::prepare
