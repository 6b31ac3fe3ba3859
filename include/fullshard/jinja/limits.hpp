#pragma once

#include <cstdint>

#include "fullshard/core/sizes.hpp"

namespace fullshard::jinja {

/// Bounds for one rendering (or one parsing of JSON). What would exceed one is a TemplateError of kind Limit
/// that names it; a conversation of a few hundred turns stays under a hundredth of each.
struct Limits {
  /// Evaluated nodes, names that a scope begins with, compared or copied elements, and 1 for 64 bytes of text
  /// that are passed over or 8 that are looked at one by one.
  int64_t steps = 20'000'000;
  /// Memory of values, together over the whole rendering: nothing is freed before its end.
  Bytes memory{256 << 20};
  /// Size of the rendered text.
  Bytes output{64 << 20};
  /// Expressions, statements and macros inside each other while rendering; kept below what a thread's stack
  /// of 8 MiB holds.
  int depth = 1000;
};

/// Bounds for a template's source.
struct ParseLimits {
  Bytes source{1 << 20};
  /// Levels of expressions and statements inside each other.
  int depth = 200;
};

}  // namespace fullshard::jinja
