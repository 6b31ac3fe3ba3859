#pragma once
// What a safetensors file says about itself, checked before anything is believed.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/sizes.hpp"

namespace fullshard::convert {

/// One tensor of a file. Row-major, little-endian.
struct TensorInfo {
  std::string name;
  std::string stored_dtype;    ///< as the file spells it: "BF16", "F8_E4M3", …
  std::optional<DType> dtype;  ///< absent for formats that are legal but that we do not compute with
  std::vector<int64_t> shape;
  int64_t offset = 0;  ///< first byte: in the data for a header alone, in the file for a SafetensorsFile
  Bytes size;

  /// Product of the shape; the header's checks bound it by the file's size in bits.
  Elems count() const;
};

/// "[2048, 128]"
std::string shape_text(const std::vector<int64_t>& shape);

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;  ///< in the order of their bytes
  std::map<std::string, std::string> metadata;
};

/// The largest header that the format allows, in bytes.
inline constexpr int64_t kLargestSafetensorsHeader = 100'000'000;

/// Spelling of a dtype in the format; throws InternalError for one that the format lacks.
std::string_view safetensors_name_of(DType t);

/// Parses the JSON text of a header of a file with `data_size` bytes after it. `path` is for messages only.
///
/// Accepts a JSON object (white space around it allowed) of tensors {dtype, shape, data_offsets} and an
/// optional
/// `__metadata__` of strings. Refuses duplicate and unknown keys, unknown dtypes, sizes that overflow, shapes
/// that do not give the extent, and extents that leave holes, overlap, or do not cover the data exactly.
///
/// Throws      ModelError naming the tensor, what was expected and what was found
/// Source      github.com/huggingface/safetensors, README.md, "Format"
SafetensorsHeader parse_safetensors_header(std::string_view json, int64_t data_size,
                                           const std::filesystem::path& path);

}  // namespace fullshard::convert
