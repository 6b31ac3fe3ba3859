#pragma once
// What a model's files say about generating text.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "fullshard/config/model_config.hpp"

namespace fullshard::config {

struct GenerationConfig {
  std::vector<int64_t> eos_token_ids;  ///< any of them ends the text
  double repetition_penalty = 1;
};

/// Reads `model_dir`/generation_config.json; where it is absent, the end-of-text tokens are those of `model`.
/// As in transformers, a file without `eos_token_id` means that nothing ends the text. How to sample
/// (`do_sample`, `temperature`, `top_k`, `top_p`, …) is the caller's choice and not read.
///
/// Throws  ModelError for JSON that is broken, and for settings that would change greedy tokens and are not
/// done here
GenerationConfig load_generation_config(const std::filesystem::path& model_dir, const ModelConfig& model);

}  // namespace fullshard::config
