#include "checkpoint/patient_open.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

FileDescriptor open_patiently(const std::filesystem::path& path, int flags,
                              std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + patience;
  std::chrono::milliseconds pause{5};
  while (true) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
    if (fd >= 0) return FileDescriptor(fd);
    if (errno == EINTR) continue;
    if ((errno != ENOENT && errno != ESTALE) || Clock::now() >= end)
      throw IoError(path, -1, "cannot open: " + errno_text(errno));
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(500));
  }
}

}  // namespace fullshard::checkpoint
