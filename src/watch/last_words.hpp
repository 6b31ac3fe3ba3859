#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <string_view>

namespace fullshard::watch {

/// How a verdict reaches people, written by a thread that may ask for no memory and wait for nobody.
class LastWords {
 public:
  /// From now on verdicts go to this file, too. What is already in it is of earlier sessions. Once, from
  /// another thread than speak(). Throws IoError if the path is longer than a path can be.
  void log_to(const std::filesystem::path& path);

  /// Writes the line to stderr and to the log, once for the job: nothing is written if the log has got a
  /// verdict from another rank, and of several ranks that come at once one writes. Not to be waited for
  /// longer than a second: from here on the process ends by itself (SIGALRM), because a disk that is gone can
  /// hold a writer for ever.
  void speak(std::string_view line) const noexcept;

 private:
  std::atomic<bool> has_log_{false};  // set after the other two
  std::array<char, 4096> path_ = {};  // PATH_MAX
  long long since_ = 0;               // bytes of earlier sessions
};

}  // namespace fullshard::watch
