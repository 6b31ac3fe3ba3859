#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::checkpoint {

/// Reads a file from its disk, not from this machine's page cache, so that what was written can be judged.
/// Uses O_DIRECT; where the file system has none, the cached pages are dropped first (which the kernel may
/// ignore).
class UncachedReader {
 public:
  explicit UncachedReader(std::filesystem::path path);

  /// Digest of elements [first, first + count) of a tensor, of which element `first` lies at byte `offset`.
  Digest digest(DType dtype, Elems first, Elems count, Bytes offset);

 private:
  struct Free {
    void operator()(std::byte* p) const noexcept { std::free(p); }
  };
  void read_window(Bytes start, Bytes size);

  std::filesystem::path path_;
  FileDescriptor fd_;
  bool direct_ = false;
  std::unique_ptr<std::byte, Free> buffer_;
};

}  // namespace fullshard::checkpoint
