#pragma once

#include <filesystem>
#include <string>

namespace fullshard::convert {

/// Digests read every byte; without them only headers are read.
enum class Digests { Omit, Include };

/// What `inspect` prints for a model directory or a single .safetensors file: architecture, parameters,
/// dtypes, bytes, tensors per file and, when asked, the digest of each tensor in its stored dtype
/// (core/hash.hpp).
///
/// Throws      ModelError where the path is neither, or is damaged
std::string describe_model(const std::filesystem::path& path, Digests digests);

}  // namespace fullshard::convert
