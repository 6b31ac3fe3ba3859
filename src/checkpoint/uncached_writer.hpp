#pragma once

#include <filesystem>

#include "fullshard/core/files.hpp"

namespace fullshard::checkpoint {

/// Writes into a file that exists, large pieces past the page cache (O_DIRECT): a copy in memory of what is
/// written once and not read soon costs as much time as the disk.
class UncachedWriter {
 public:
  /// Waits for the file like open_patiently.
  explicit UncachedWriter(std::filesystem::path path);

  /// Like write_at. Whole blocks of 4 KiB go straight to the disk where memory and offset are multiples of
  /// one; the rest, and whatever a file system refuses to take so, goes through the cache.
  void write(const void* data, int64_t size, int64_t offset);

  /// To be called once, after all writes: all of them are durable when it returns. Throws IoError.
  void sync();

 private:
  int64_t write_blocks(const std::byte* data, int64_t size, int64_t offset);

  std::filesystem::path path_;
  FileDescriptor cached_, direct_;  // direct_ is empty where there is no such thing
};

}  // namespace fullshard::checkpoint
