#pragma once

#include <string>
#include <vector>

#include "config/json_document.hpp"
#include "fullshard/config/model_config.hpp"

namespace fullshard::config {

/// `rope_parameters` (transformers 5), or `rope_scaling` with `rope_theta` (before), of a config.json. What
/// cannot be honoured is added to `problems`.
RopeConfig read_rope(const JsonValue& root, int64_t max_position_embeddings,
                     std::vector<std::string>& problems);

}  // namespace fullshard::config
