#include "checkpoint/reserve.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

Bytes free_space(const FileDescriptor& fd, const std::filesystem::path& path) {
  struct statvfs s {};
  if (::fstatvfs(fd.get(), &s) != 0)
    throw IoError(path, -1, "cannot ask for free space: " + errno_text(errno));
  return {static_cast<int64_t>(s.f_bavail) * static_cast<int64_t>(s.f_frsize)};
}

[[noreturn]] void refuse(const FileDescriptor& fd, const std::filesystem::path& path, Bytes size,
                         const std::string& reason) {
  throw IoError(path, 0,
                fmt::format("cannot reserve {} ({} bytes), {} are free: {}; free some space, raise the quota "
                            "or file size limit, or keep fewer checkpoints (save_total_limit)",
                            human(size), size.value, human(free_space(fd, path)), reason));
}

}  // namespace

void reserve(const FileDescriptor& fd, const std::filesystem::path& path, Bytes size) {
  int status;
  // Not posix_fallocate: glibc's falls back to writing into every block.
  do status = ::fallocate(fd.get(), 0, 0, std::max<int64_t>(1, size.value));
  while (status != 0 && errno == EINTR);
  if (status == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS) refuse(fd, path, size, errno_text(errno));
  struct stat s {};
  if (::fstat(fd.get(), &s) != 0) throw IoError(path, -1, "cannot stat: " + errno_text(errno));
  const Bytes allocated{static_cast<int64_t>(s.st_blocks) * 512};  // st_blocks counts 512-byte units
  if (free_space(fd, path) + allocated < size) refuse(fd, path, size, "not enough space");
  // A limit on file sizes shows here, before anybody writes.
  if (s.st_size < size.value && ::ftruncate(fd.get(), size.value) != 0)
    refuse(fd, path, size, errno_text(errno));
}

}  // namespace fullshard::checkpoint
