#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace fullshard::tokenize {

/// A special token that has a name in its model directory, such as eos_token.
struct NamedToken {
  std::string name, text;
};

/// special_tokens_map of transformers, of a directory that need not have a `tokenizer.json`, sorted by name:
/// the members `…_token` of `tokenizer_config.json`, and those of its `extra_special_tokens` where that is an
/// object. `special_tokens_map.json` comes before it where it has no `added_tokens_decoder`, and is not read
/// otherwise. Throws ModelError.
std::vector<NamedToken> read_named_tokens(const std::filesystem::path& model_dir);

}  // namespace fullshard::tokenize
