#pragma once

#include <filesystem>

#include "fullshard/core/description.hpp"

namespace fullshard::checkpoint {

/// What a person wants to know about a checkpoint, in lines: step, time, sizes, tensors, ties, side files;
/// with Digests::Include also the digest of each tensor and of all of them, as the data now is, whether
/// damaged or not.
///
/// Throws      CheckpointError like CheckpointReader::open, IoError
Description describe_checkpoint(const std::filesystem::path& checkpoint, Digests digests);

}  // namespace fullshard::checkpoint
