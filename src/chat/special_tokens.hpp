#pragma once

#include <filesystem>
#include <vector>

#include "fullshard/chat/chat_template.hpp"

namespace fullshard::chat {

/// special_tokens_map of transformers: the members `…_token` of `tokenizer_config.json`, those named by its
/// `extra_special_tokens`, and, of directories without `added_tokens_decoder`, those of
/// `special_tokens_map.json`. Sorted by name. Throws ModelError.
std::vector<SpecialToken> read_special_tokens(const std::filesystem::path& model_dir);

}  // namespace fullshard::chat
