#include "fullshard/core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "fullshard/core/check.hpp"

namespace fullshard {

namespace {

constexpr int64_t kLargestPiece = int64_t{1} << 29;  // Linux cuts one call at 2 GiB - 4 KiB
constexpr int64_t kReadPiece = int64_t{8} << 20;
// Linux cuts one advice at the device's read-ahead or largest request, which is 128 KiB at the least.
constexpr int64_t kAdvice = int64_t{128} << 10;

template <class Call>
void transfer_all(Call call, const std::filesystem::path& path, int64_t size, int64_t offset,
                  const char* verb) {
  for (int64_t done = 0; done < size;) {
    const ssize_t n = call(done, std::min(kLargestPiece, size - done), offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0)
      throw IoError(path, offset + done,
                    fmt::format("cannot {} {} bytes at offset {}: {}", verb, size - done, offset + done,
                                errno_text(errno)));
    if (n == 0)
      throw IoError(path, offset + done,
                    fmt::format("cannot {} {} bytes at offset {}: the file ends there", verb, size - done,
                                offset + done));
    done += n;
  }
}

}  // namespace

void CloseFd::operator()(int fd) const noexcept {
  ::close(fd);
}

FileDescriptor open_file(const std::filesystem::path& path, int flags) {
  int fd;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) throw IoError(path, -1, "cannot open: " + errno_text(errno));
  return FileDescriptor(fd);
}

void read_ahead(const FileDescriptor& fd, int64_t size, int64_t offset) {
  for (int64_t done = 0; done < size; done += kAdvice)
    ::posix_fadvise(fd.get(), offset + done, std::min(kAdvice, size - done), POSIX_FADV_WILLNEED);
}

void read_at(const FileDescriptor& fd, const std::filesystem::path& path, void* data, int64_t size,
             int64_t offset) {
  auto* p = static_cast<std::byte*>(data);
  // A large range in pieces, of which the next two are on their way while one is copied.
  int64_t asked = size <= kReadPiece ? size : 0;
  transfer_all(
      [&](int64_t done, int64_t n, int64_t at) {
        const int64_t ahead = std::min(size, done + 3 * kReadPiece);
        if (ahead > asked) read_ahead(fd, ahead - asked, offset + asked);
        asked = std::max(asked, ahead);
        return ::pread(fd.get(), p + done, static_cast<size_t>(std::min(n, kReadPiece)), at);
      },
      path, size, offset, "read");
}

void write_at(const FileDescriptor& fd, const std::filesystem::path& path, const void* data, int64_t size,
              int64_t offset) {
  auto* p = static_cast<const std::byte*>(data);
  transfer_all([&](int64_t done, int64_t n,
                   int64_t at) { return ::pwrite(fd.get(), p + done, static_cast<size_t>(n), at); },
               path, size, offset, "write");
}

void begin_writing_back(const FileDescriptor& fd, int64_t size, int64_t offset) {
  ::sync_file_range(fd.get(), offset, size, SYNC_FILE_RANGE_WRITE);
}

std::string read_file(const std::filesystem::path& path) {
  const FileDescriptor fd = open_file(path, O_RDONLY);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw IoError(path, -1, "cannot stat: " + errno_text(errno));
  if (!S_ISREG(status.st_mode)) throw IoError(path, -1, "is not a regular file");
  std::string content(static_cast<size_t>(status.st_size), '\0');
  read_at(fd, path, content.data(), status.st_size, 0);
  return content;
}

void fsync_file(const FileDescriptor& fd, const std::filesystem::path& path) {
  if (::fsync(fd.get()) != 0) throw IoError(path, -1, "fsync failed: " + errno_text(errno));
}

void fsync_directory(const std::filesystem::path& directory) {
  fsync_file(open_file(directory.empty() ? "." : directory, O_RDONLY | O_DIRECTORY), directory);
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = path;
  temporary += fmt::format(".tmp-{}", ::getpid());
  try {
    const FileDescriptor fd = open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    write_at(fd, temporary, content.data(), static_cast<int64_t>(content.size()), 0);
    fsync_file(fd, temporary);
    if (::rename(temporary.c_str(), path.c_str()) != 0)
      throw IoError(path, -1, "cannot rename into place: " + errno_text(errno));
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  fsync_directory(path.parent_path());
}

}  // namespace fullshard
