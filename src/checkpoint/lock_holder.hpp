#pragma once
// The process that holds an output lock, and whether it still lives.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace fullshard::checkpoint {

struct LockHolder {
  std::string host, boot_id, pid_namespace;
  int64_t pid = 0, start_time = 0;  ///< start_time in clock ticks since boot, as /proc/<pid>/stat has it
  std::string job;
  int64_t restart = 0;
  std::string since;

  static LockHolder self();
  std::string to_json() const;
  /// Throws CheckpointError naming `path` for text that to_json did not write.
  static LockHolder from_json(std::string_view text, const std::filesystem::path& path);
  /// "process 4711 on node17 (job 123) since …"
  std::string describe() const;
};

/// How long a lock was not touched, by the file system's clock, and how long is too long.
struct Silence {
  std::chrono::seconds length, limit;
};

/// Whether `holder` no longer runs, as far as `me` can know it (OutputLock lists the reasons).
bool is_gone(const LockHolder& holder, const LockHolder& me, Silence silence);

}  // namespace fullshard::checkpoint
