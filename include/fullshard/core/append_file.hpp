#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "fullshard/core/files.hpp"

namespace fullshard {

/// A file that grows by whole records, each one write, so that a reader never sees half of one in the middle.
/// What a full disk refuses is kept and comes first at the next append: no record is lost or torn once there
/// is room again.
class AppendFile {
 public:
  /// `flags` are those of open(2) besides O_WRONLY, O_APPEND and O_CREAT. Throws IoError.
  explicit AppendFile(std::filesystem::path path, int flags = 0);

  /// Throws      IoError if not everything could be written; the rest is kept
  void append(std::string_view record);
  /// Makes all records so far durable. Throws IoError.
  void sync();

  const std::filesystem::path& path() const { return path_; }

 private:
  void write_pending();

  std::filesystem::path path_;
  FileDescriptor fd_;
  std::string pending_;
};

}  // namespace fullshard
