#pragma once

#include <filesystem>

namespace fullshard::checkpoint {

/// Gives a finished directory its final name, durably. If that name is taken, both change places in one
/// instant (where the file system can) and the old one is removed.
void publish(const std::filesystem::path& partial, const std::filesystem::path& final_path);

}  // namespace fullshard::checkpoint
