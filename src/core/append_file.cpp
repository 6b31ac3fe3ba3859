#include "fullshard/core/append_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "fullshard/core/error.hpp"

namespace fullshard {

AppendFile::AppendFile(std::filesystem::path path, int flags)
    : path_(std::move(path)), fd_(open_file(path_, O_WRONLY | O_APPEND | O_CREAT | flags)) {}

void AppendFile::append(std::string_view record) {
  pending_ += record;
  write_pending();
}

void AppendFile::sync() {
  write_pending();
  fsync_file(fd_, path_);
}

void AppendFile::write_pending() {
  while (!pending_.empty()) {
    const ssize_t n = ::write(fd_.get(), pending_.data(), pending_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw IoError(path_, -1, "cannot append: " + errno_text(n < 0 ? errno : ENOSPC));
    pending_.erase(0, static_cast<size_t>(n));
  }
}

}  // namespace fullshard
