#pragma once
// The JSON of a safetensors header: its grammar, without a look at what the numbers mean.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fullshard::convert {

struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<uint64_t> shape;
  std::array<uint64_t, 2> offsets{};
};

struct SafetensorsSyntax {
  std::vector<TensorEntry> tensors;  ///< in the order of the text; names may repeat
  std::map<std::string, std::string> metadata;
};

/// Memory is bounded by a small multiple of the text. Throws ModelError for everything that is not of the
/// form
/// {"name": {"dtype": string, "shape": [n, …], "data_offsets": [n, n]}, …, "__metadata__": {string: string}}.
SafetensorsSyntax parse_safetensors_syntax(std::string_view json, const std::filesystem::path& path);

}  // namespace fullshard::convert
