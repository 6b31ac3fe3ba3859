#pragma once

#include <filesystem>
#include <optional>

#include "fullshard/core/hash.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::convert {

struct ConsolidateOptions {
  std::optional<DType> dtype;  ///< absent: the dtype of the checkpoint's config.json
  Bytes max_shard_size{5'000'000'000};
};

struct Export {
  Bytes size;     ///< of the tensors
  Digest digest;  ///< of the tensors as written (convert/model_digest.hpp)
};

/// Turns a checkpoint into a Hugging Face model directory: master weights as safetensors, tied tensors once,
/// and the files that lie beside the checkpoint's tensors. Streams in pieces of at most 32 MiB; every
/// tensor's digest is proved on the way.
///
/// Throws  CheckpointError if the checkpoint is damaged, IoError; nothing half-written stays
Export consolidate(const std::filesystem::path& checkpoint, const std::filesystem::path& out,
                   const ConsolidateOptions& options);

}  // namespace fullshard::convert
