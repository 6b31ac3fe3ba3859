#pragma once

#include <filesystem>

#include "fullshard/core/files.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::checkpoint {

/// Makes sure that `size` bytes can be written to the file: fallocate, or where the file system has none, a
/// comparison with its free space. Never shrinks the file, never writes into it.
///
/// Throws      IoError saying how much is needed and how much is free
void reserve(const FileDescriptor& fd, const std::filesystem::path& path, Bytes size);

}  // namespace fullshard::checkpoint
