#include "checkpoint/uncached_reader.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "checkpoint/blocks.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr int64_t kWindow = 8 << 20;              // bytes per read
constexpr int64_t kPiece = kWindow - 2 * kBlock;  // of data in a window, wherever it starts in its block

}  // namespace

UncachedReader::UncachedReader(std::filesystem::path path)
    : path_(std::move(path)),
      buffer_(static_cast<std::byte*>(std::aligned_alloc(static_cast<size_t>(kBlock), size_t{kWindow}))) {
  if (!buffer_) throw std::bad_alloc();
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_DIRECT);
  direct_ = fd >= 0;
  fd_ = direct_ ? FileDescriptor(fd) : open_file(path_, O_RDONLY);
  if (!direct_) ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
}

Digest UncachedReader::digest(DType dtype, Elems first, Elems count, Bytes offset) {
  const Elems per_piece{kPiece / size_of(dtype)};
  Digest sum;
  for (Elems done; done < count;) {
    const Elems n = std::min(per_piece, count - done);
    const Bytes at = offset + bytes(done, dtype);
    const Bytes start{at.value / kBlock * kBlock};
    read_window(start, at - start + bytes(n, dtype));
    sum += digest_of({buffer_.get() + (at - start).value, n, dtype}, first + done);
    done += n;
  }
  return sum;
}

void UncachedReader::read_window(Bytes start, Bytes size) {
  // Rounded up to whole blocks; the end of the file may cut the last one short.
  const int64_t whole = round_up(size.value, kBlock);
  for (int64_t have = 0; have < size.value;) {
    const ssize_t n =
        ::pread(fd_.get(), buffer_.get() + have, static_cast<size_t>(whole - have), start.value + have);
    if (n < 0 && errno == EINTR) continue;
    if ((n < 0 && errno == EINVAL && direct_) || (n > 0 && direct_ && n % kBlock && have + n < size.value)) {
      // Opened but not supported, or left in the middle of a block: go on through the cache.
      fd_ = open_file(path_, O_RDONLY);
      direct_ = false;
      ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
      continue;
    }
    if (n <= 0)
      throw IoError(path_, start.value + have,
                    fmt::format("cannot read {} bytes at offset {}: {}", size.value - have,
                                start.value + have, n < 0 ? errno_text(errno) : "the file ends there"));
    have += n;
  }
}

}  // namespace fullshard::checkpoint
