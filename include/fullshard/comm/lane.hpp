#pragma once
// Where communication happens: in order, and beside the computation where there is a link to wait for. The
// thread of a lane is then the only one that communicates until drain() has returned.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace fullshard::comm {

class Lane {
 public:
  /// Inline: work is done when submit returns. Thread: by a thread of the lane's own, in order of submission.
  enum class Kind { Inline, Thread };
  /// Counts submissions from 1; 0 is nothing to wait for.
  using Ticket = int64_t;

  explicit Lane(Kind kind);
  /// Waits for what is under way; what it throws is lost.
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  Kind kind() const { return kind_; }
  Ticket submit(std::function<void()> work);
  /// Until that work is done. Throws what it, or any work before it, threw: after an error nothing is done.
  void wait(Ticket ticket);
  void drain() { wait(submitted_); }

 private:
  void loop();

  Kind kind_;
  Ticket submitted_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  Ticket done_ = 0;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when all above exists
};

}  // namespace fullshard::comm
