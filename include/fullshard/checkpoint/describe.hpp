#pragma once

#include <filesystem>
#include <string>

namespace fullshard::checkpoint {

/// What a person wants to know about a checkpoint, in lines: step, time, sizes, tensors, ties, side files.
///
/// Throws      CheckpointError like CheckpointReader::open
std::string describe_checkpoint(const std::filesystem::path& checkpoint);

}  // namespace fullshard::checkpoint
