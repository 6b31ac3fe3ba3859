#pragma once

#include <span>

#include "jinja/native.hpp"

namespace fullshard::jinja {

std::span<const Native> string_methods();
/// isdigit and its like.
std::span<const Native> string_questions();
/// format and format_map.
std::span<const Native> string_formats();

std::span<const Native> filters_of_markup();
std::span<const Native> filters_of_text();
std::span<const Native> filters_of_numbers();
std::span<const Native> filters_of_sequences();
std::span<const Native> filters_of_attributes();

}  // namespace fullshard::jinja
