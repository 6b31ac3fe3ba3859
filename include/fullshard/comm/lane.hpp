#pragma once
// Where communication happens: in order of submission, and beside the computation where there is something to
// wait for.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include "fullshard/device/stream.hpp"

namespace fullshard::comm {

class Lane {
 public:
  /// Counts submissions from 1; 0 is nothing to wait for.
  using Ticket = int64_t;

  virtual ~Lane() = default;
  Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  virtual Ticket submit(std::function<void()> work) = 0;
  /// What is computed from now on finds that work done. Throws what it, or any work before it, threw: after
  /// an error nothing is done.
  virtual void wait(Ticket ticket) = 0;
  /// Whether computation goes on while work is done.
  virtual bool overlaps() const = 0;
  /// On which work launches what a device does.
  virtual const device::Stream& stream() const = 0;

  void drain() { wait(submitted_); }

 protected:
  Ticket submitted_ = 0;
};

/// Work is done when submit returns.
class InlineLane final : public Lane {
 public:
  Ticket submit(std::function<void()> work) override;
  void wait(Ticket) override {}
  bool overlaps() const override { return false; }
  const device::Stream& stream() const override { return host_; }

 private:
  device::Stream host_;
};

/// Work is done by a thread of the lane's own, the only one that communicates until drain() has returned.
class ThreadLane final : public Lane {
 public:
  ThreadLane();
  /// Waits for what is under way; what it throws is lost.
  ~ThreadLane() override;

  Ticket submit(std::function<void()> work) override;
  void wait(Ticket ticket) override;
  bool overlaps() const override { return true; }
  const device::Stream& stream() const override { return host_; }

 private:
  void loop();

  device::Stream host_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  Ticket done_ = 0;
  std::exception_ptr failure_;
  bool ending_ = false;
  std::thread thread_;  // last: starts when all above exists
};

/// Work is launched when submit returns, on a stream of a GPU, behind what was computed before; the host
/// waits for nothing.
///
///   computing     | forward u-1 | (submit gather u+1) | forward u        | wait | forward u+1
///   this stream                                       | gather u+1       |
class StreamLane final : public Lane {
 public:
  explicit StreamLane(DeviceId gpu);

  Ticket submit(std::function<void()> work) override;
  void wait(Ticket ticket) override;
  bool overlaps() const override { return true; }
  const device::Stream& stream() const override { return stream_; }

 private:
  struct Submission {
    Ticket ticket;
    device::Event done;
  };
  static constexpr size_t kRemembered = 256;  // an older ticket waits for the oldest of these

  device::Event take_event();

  device::Stream computing_, stream_;
  device::Event computed_;
  std::deque<Submission> under_way_;  // in order of tickets
};

}  // namespace fullshard::comm
