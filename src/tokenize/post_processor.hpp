#pragma once

#include <cstdint>
#include <vector>

namespace fullshard::tokenize {

class JsonNode;

/// The `post_processor` of a tokenizer.json for single texts: the ids that stand before and after the text's.
struct PostProcessor {
  static PostProcessor from(const JsonNode& node);

  std::vector<int32_t> before, after;
};

}  // namespace fullshard::tokenize
