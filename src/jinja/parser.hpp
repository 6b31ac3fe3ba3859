#pragma once

#include <memory>
#include <string_view>

#include "fullshard/jinja/limits.hpp"
#include "jinja/ast.hpp"

namespace fullshard::jinja {

/// The template, its names not yet resolved (scopes.hpp).
std::unique_ptr<Program> parse_program(std::string_view source, const ParseLimits& limits);

}  // namespace fullshard::jinja
