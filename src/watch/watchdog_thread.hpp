#pragma once

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "fullshard/watch/watchdog.hpp"
#include "watch/hub.hpp"
#include "watch/io_activity.hpp"
#include "watch/last_words.hpp"
#include "watch/spoke.hpp"

namespace fullshard::watch {

/// The thread and everything it touches. Other threads come in through atomics alone.
class Watchdog::Thread {
 public:
  Thread(const WatchPost& post, const ProgressBoard& board, std::optional<WatchListener> listener);
  ~Thread();

  // For other threads.
  bool lease_valid() const noexcept;
  bool connected() const noexcept { return connected_.load(); }
  void finish() noexcept;
  void set_median_step(Duration median) noexcept {
    median_step_.store(median.count(), std::memory_order_relaxed);
  }
  LastWords& last_words() { return last_words_; }
  void wait_for_lease() const noexcept;

 private:
  void run() noexcept;
  bool turn(TimePoint now) noexcept;  // false: there is nothing left to do
  void turn_of_judge(TimePoint now, bool due) noexcept;
  void turn_of_other(TimePoint now, bool due) noexcept;
  void refresh_message(TimePoint now) noexcept;
  void renew_lease(TimePoint from) noexcept { lease_from_.store(from.time_since_epoch().count()); }
  TimePoint missing_judge_at() const noexcept;
  Duration until_next(TimePoint now) const noexcept;
  Limits limits() const noexcept;
  void speak(std::string_view line, TimePoint as_of) const noexcept;
  [[noreturn]] void end_stopped(Duration gap) const noexcept;
  [[noreturn]] void leave() const noexcept;

  const Duration base_;
  const int rank_, num_ranks_;
  const ProgressBoard& board_;
  FileDescriptor wake_;
  LastWords last_words_;
  IoActivity io_;
  Message message_;
  std::vector<RankRecord> ranks_;  // on rank 0
  std::optional<Hub> hub_;         // on rank 0
  std::optional<Spoke> spoke_;     // on the others
  TimePoint next_turn_, last_look_;
  std::array<char, 1024> line_;

  std::atomic<int64_t> lease_from_, median_step_{0};
  std::atomic<bool> connected_{false}, finished_{false}, stop_{false};
  TimePoint stop_by_;
  std::thread thread_;
};

}  // namespace fullshard::watch
