#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "fullshard/core/files.hpp"

namespace fullshard::checkpoint {

/// Who asks for an output directory. `job` and `restart` come from the batch system (a job id and how often
/// it was requeued), empty and 0 without one.
struct LockRequest {
  std::string job;
  int restart = 0;
  /// A holder on another node whose last sign of life (touch) is older than this is taken for gone.
  std::chrono::seconds silence_limit{600};
};

/// One job at a time writes to an output directory. Held by one process (rank 0) from acquire() to
/// destruction.
///
/// The lock is a file `.fullshard-lock-<n>`; the highest n counts, an empty one is free. The next holder
/// links n + 1, which succeeds for one of any number of starters, on network file systems too. A holder is
/// gone if
///   - it ran on this node (host name, boot, PID namespace) and no process with its id and start time exists;
///   - it was an earlier start of the same batch job;
///   - it ran on a node of this name with another boot, and was not touched since this one booted;
///   - otherwise, if the file was not touched for `silence_limit`, by the file system's own clock.
class OutputLock {
 public:
  /// Throws      ConfigError naming the holder if another job has the directory, IoError
  static OutputLock acquire(const std::filesystem::path& output_dir, const LockRequest& request);

  OutputLock(OutputLock&&) = default;
  OutputLock& operator=(OutputLock&&) = delete;
  /// Frees the lock.
  ~OutputLock();

  /// A sign of life, to be given every minute or so.
  ///
  /// Throws      IoError if the lock was taken over meanwhile (this process was silent for too long)
  void touch() const;

  /// A sentence about the holder that was found gone, if there was one.
  const std::optional<std::string>& taken_over_from() const { return taken_over_from_; }

 private:
  OutputLock(std::filesystem::path path, FileDescriptor fd, std::optional<std::string> taken_over_from)
      : path_(std::move(path)), fd_(std::move(fd)), taken_over_from_(std::move(taken_over_from)) {}

  std::filesystem::path path_;
  FileDescriptor fd_;
  std::optional<std::string> taken_over_from_;
};

}  // namespace fullshard::checkpoint
