#pragma once
// Small files, whole: read, written durably, replaced atomically. Errors are IoError with the path and the
// reason.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fullshard/core/handle.hpp"

namespace fullshard {

struct CloseFd {
  void operator()(int fd) const noexcept;
};
using FileDescriptor = Handle<int, -1, CloseFd>;

std::string read_file(const std::filesystem::path& path);

/// Writes `path` through a temporary beside it: fsync, rename, fsync of the directory. Mode 0666 less the
/// umask.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

void fsync_file(const FileDescriptor& fd, const std::filesystem::path& path);
void fsync_directory(const std::filesystem::path& directory);

/// open(2), retried on EINTR; mode 0666 less the umask when it creates.
FileDescriptor open_file(const std::filesystem::path& path, int flags);
/// Asks the kernel to fetch bytes that will be read soon, and returns at once: the disk works while the
/// processor does. Advice: a range behind the end, or a file system that does not listen, is no error.
void read_ahead(const FileDescriptor& fd, int64_t size, int64_t offset);
/// pread(2)/pwrite(2) of all bytes in pieces under 1 GiB, retried on EINTR; a short read is an IoError, too.
void read_at(const FileDescriptor& fd, const std::filesystem::path& path, void* data, int64_t size,
             int64_t offset);
void write_at(const FileDescriptor& fd, const std::filesystem::path& path, const void* data, int64_t size,
              int64_t offset);
/// Has the disk begin with bytes that were written, and returns at once: a later fsync finds less to do.
/// Advice, no promise of anything.
void begin_writing_back(const FileDescriptor& fd, int64_t size, int64_t offset);

}  // namespace fullshard
