#pragma once
// Who is stuck: a thread on every rank tells rank 0 several times a second where its rank stands, over TCP
// and so independent of MPI. Rank 0 answers, and names a rank that is silent, or without progress while all
// others wait for it; one line is written, and every rank ends its process with ExitCode::Communication. If
// rank 0 is silent itself, the others do that.
//
//   rank 1 ──beat──▶ ┌────────┐ ◀──beat── rank 3        beat: step, phase, collective
//          ◀─echo──  │ rank 0 │  ──echo─▶               echo: heard; the lease of the sender goes on
//   rank 2 ──beat──▶ └────────┘                         end:  a verdict was written down, leave
//
// The thread blocks all signals, knows neither MPI nor a lock of other threads, and asks for no memory, so
// that nothing which holds the rest of the process can hold it.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fullshard/core/ids.hpp"
#include "fullshard/core/progress_board.hpp"
#include "fullshard/watch/limits.hpp"
#include "fullshard/watch/listener.hpp"

namespace fullshard::watch {

/// Which post this rank stands on.
struct WatchPost {
  WorldRank rank;
  int num_ranks = 1;       ///< two or more
  std::string host;        ///< for people; 63 bytes of it
  std::string invitation;  ///< of rank 0's WatchListener, on every rank
  Duration base{};         ///< see Limits; the same on every rank
  /// On rank 0, of all ranks: for whoever is silent from the beginning. Empty: as they tell it themselves.
  std::vector<std::string> hosts = {};
};

class Watchdog {
 public:
  /// Starts the thread. `board` must outlive the object; rank 0 alone gives its listener. Throws CommError.
  Watchdog(const WatchPost& post, const ProgressBoard& board, std::optional<WatchListener> listener);
  /// As finish(); at most a second or a quarter of the limit, whichever is less, for a farewell to rank 0.
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Throws CommError with a remedy if rank 0 cannot be reached: a watch that sees nothing would be worse
  /// than none.
  void wait_until_connected(Duration patience) const;
  /// Verdicts are appended to this file, too.
  void log_to(const std::filesystem::path& path);
  /// What a step took: the limit of the next ones follows the median.
  void step_took(double seconds);

  /// Whether this rank may still write what others can see. False once it was stopped or not answered for
  /// half the limit: it may have been named already, and another job may own the files.
  bool lease_valid() const noexcept;
  /// Waits for a lease that is over: rank 0 renews it with its next answer if nobody missed this rank, and
  /// otherwise the process ends. To be called before a file gets its final name or a log its next line.
  void ensure_lease() const noexcept;

  /// This rank is done: from now on its silence is no alarm. Returns at once.
  void finish() noexcept;

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
  StepPace pace_;
};

}  // namespace fullshard::watch
