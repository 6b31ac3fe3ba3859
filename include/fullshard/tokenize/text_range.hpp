#pragma once

#include <cstddef>

namespace fullshard::tokenize {

/// The bytes [begin, end) of a text.
struct TextRange {
  size_t begin = 0, end = 0;

  bool empty() const { return begin == end; }
  size_t size() const { return end - begin; }
  bool operator==(const TextRange&) const = default;
};

}  // namespace fullshard::tokenize
