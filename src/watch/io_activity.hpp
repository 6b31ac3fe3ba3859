#pragma once

#include <cstdint>

#include "fullshard/core/files.hpp"

namespace fullshard::watch {

/// Whether this process reads and writes files: progress of phases that work on one large file for long.
/// Where the system does not say (/proc/self/io), there is none to be seen.
class IoActivity {
 public:
  IoActivity();

  /// How often there was something since the call before; grows from call to call while bytes move.
  uint64_t moves() noexcept;

 private:
  FileDescriptor counters_;
  int64_t last_ = 0, own_ = 0;
  uint64_t moves_ = 0;
};

}  // namespace fullshard::watch
