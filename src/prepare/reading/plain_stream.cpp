#include "prepare/reading/plain_stream.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard::prepare {

PlainStream::PlainStream(const std::filesystem::path& path) : path_(path) {
  // A pipe without a writer would hold the open until one comes.
  fd_ = open_file(path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) throw IoError(path, -1, "cannot stat: " + errno_text(errno));
  if (!S_ISREG(status.st_mode))
    throw DataError(path, 0, "expected a regular file; data is read more than once and by several ranks");
  size_ = status.st_size;
}

size_t PlainStream::read(std::span<char> room) {
  const int64_t n = std::clamp<int64_t>(size_ - at_, 0, static_cast<int64_t>(room.size()));
  read_at(fd_, path_, room.data(), n, at_);
  at_ += n;
  return static_cast<size_t>(n);
}

}  // namespace fullshard::prepare
