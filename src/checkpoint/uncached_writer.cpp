#include "checkpoint/uncached_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "checkpoint/blocks.hpp"
#include "checkpoint/patient_open.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::checkpoint {

namespace {

constexpr int64_t kPiece =
    int64_t{64} << 20;  // one call: many requests in flight, on a parallel file system on many servers

bool on_block(int64_t n) {
  return n % kBlock == 0;
}

}  // namespace

UncachedWriter::UncachedWriter(std::filesystem::path path)
    : path_(std::move(path)),
      cached_(open_patiently(path_, O_WRONLY, kNetworkPatience)),
      direct_(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_DIRECT)) {}

void UncachedWriter::write(const void* data, int64_t size, int64_t offset) {
  const auto* bytes = static_cast<const std::byte*>(data);
  const bool aligned = on_block(reinterpret_cast<intptr_t>(bytes)) && on_block(offset);
  const int64_t done = aligned ? write_blocks(bytes, size / kBlock * kBlock, offset) : 0;
  // No page is written both ways.
  write_at(cached_, path_, bytes + done, size - done, offset + done);
}

// Returns how much is on the disk, a multiple of a block. An error is not told from here: the cache meets it
// again, unless it was that of a file system which has no direct writes.
int64_t UncachedWriter::write_blocks(const std::byte* data, int64_t size, int64_t offset) {
  int64_t done = 0;
  while (direct_ && done < size) {
    const ssize_t n = ::pwrite(direct_.get(), data + done, static_cast<size_t>(std::min(kPiece, size - done)),
                               offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n > 0) done += n / kBlock * kBlock;
    if (n < kBlock) direct_ = FileDescriptor();
  }
  return done;
}

void UncachedWriter::sync() {
  // The descriptor that wrote through the cache: another would not see all errors of writing back. What went
  // past it was refused or taken at once, and needs the disk's own cache flushed, which this does.
  fsync_file(cached_, path_);
}

}  // namespace fullshard::checkpoint
