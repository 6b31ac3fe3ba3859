#pragma once

#include <fmt/format.h>

#include "tokenize/json_text.hpp"

namespace fullshard::tokenize {

/// Refuses a part of a tokenizer.json that is one more than `steps` of its kind in a row, where these are
/// many: each is a pass over every text, some of them deeper in the stack. Files in circulation have up to
/// five.
inline void check_step_count(size_t steps, const JsonNode& node) {
  constexpr size_t kMost = 64;
  if (steps >= kMost)
    node.fail(fmt::format("expected at most {} steps, found more; merge those that do the same", kMost));
}

}  // namespace fullshard::tokenize
