#pragma once

#include <chrono>
#include <filesystem>

#include "fullshard/core/files.hpp"

namespace fullshard::checkpoint {

/// How long a network file system may hide from one node what another has just made.
inline constexpr std::chrono::seconds kNetworkPatience{60};

/// open(2), tried again for up to `patience` while the file is not there (ENOENT) or its handle is stale
/// (ESTALE).
FileDescriptor open_patiently(const std::filesystem::path& path, int flags,
                              std::chrono::milliseconds patience);

}  // namespace fullshard::checkpoint
