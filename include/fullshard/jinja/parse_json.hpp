#pragma once

#include <string_view>

#include "fullshard/jinja/heap.hpp"

namespace fullshard::jinja {

/// The value of a JSON text as Python's json.loads gives it: integers and floats stay apart, of equal keys
/// the last one counts. A TemplateError of kind Value says at which byte it broke; more than 100 nested
/// levels are refused. Half a surrogate pair, and bytes that are not UTF-8, become U+FFFD.
///
/// Differs  an integer beyond 64 bits is the nearest float, or infinite, which prints the digits that were
///          read, as Python does, until something is calculated with it
Value parse_json(std::string_view text, Heap& heap);

}  // namespace fullshard::jinja
