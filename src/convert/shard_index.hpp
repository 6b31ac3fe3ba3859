#pragma once
// model.safetensors.index.json

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace fullshard::convert {

/// Tensor name to file name. A file name is one plain component: it cannot lead out of the directory.
/// Throws ModelError for an index that is absent, is not JSON, or lacks the `weight_map`.
std::map<std::string, std::string> read_shard_index(const std::filesystem::path& path);

}  // namespace fullshard::convert
