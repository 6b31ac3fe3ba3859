#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "fullshard/doctor/examine.hpp"

namespace fullshard::cli {

/// Ends the process with the code of communication when one part of an examination takes far too long: a
/// mount that hangs answers nobody. Who works at that moment says so first; who waits for others gives them
/// time to speak, and only `last_word` speaks then.
class Patience {
 public:
  enum class LastWord { Speaks, Silent };

  /// `who` begins its lines: "rank 3 on n2".
  Patience(std::string who, LastWord last_word, double seconds);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// A new part begins, and patience with it.
  void begin(const char* check, doctor::Activity activity) noexcept;

 private:
  void watch(const std::stop_token& stop) const;
  [[noreturn]] void end(double waited) const;

  const std::string who_;
  const LastWord last_word_;
  const double seconds_;
  std::atomic<const char*> check_{"start"};
  std::atomic<doctor::Activity> activity_{doctor::Activity::Waiting};
  std::atomic<int64_t> part_{0};
  std::jthread thread_;
};

}  // namespace fullshard::cli
