#pragma once

#include <filesystem>

#include "fullshard/core/description.hpp"

namespace fullshard::convert {

/// What `inspect` prints for a model directory or a single .safetensors file: architecture, parameters,
/// dtypes, bytes, tensors per file and, when asked, the digest of each tensor in its stored dtype
/// (core/hash.hpp) and of all of them, compared with what a directory's model.digest.json says.
///
/// Throws      ModelError where the path is neither, or is damaged
Description describe_model(const std::filesystem::path& path, Digests digests);

}  // namespace fullshard::convert
