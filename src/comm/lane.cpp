#include "fullshard/comm/lane.hpp"

#include <utility>

#include "fullshard/core/signals_blocked.hpp"

namespace fullshard::comm {

Lane::Ticket InlineLane::submit(std::function<void()> work) {
  work();
  return ++submitted_;
}

ThreadLane::ThreadLane() {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { loop(); });
}

ThreadLane::~ThreadLane() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Lane::Ticket ThreadLane::submit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
  return ++submitted_;
}

void ThreadLane::wait(Ticket ticket) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ >= ticket || failure_; });
  if (failure_) std::rethrow_exception(failure_);
}

void ThreadLane::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !queue_.empty(); });
    if (queue_.empty() || failure_) return;
    const std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    std::exception_ptr failure;
    try {
      work();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (failure)
      failure_ = failure;
    else
      ++done_;
    changed_.notify_all();
  }
}

StreamLane::StreamLane(DeviceId gpu)
    : computing_(device::Stream::computing(gpu)), stream_(gpu), computed_(gpu) {}

Lane::Ticket StreamLane::submit(std::function<void()> work) {
  computed_.record(computing_);
  stream_.wait(computed_);
  work();
  Submission s{++submitted_, take_event()};
  s.done.record(stream_);
  under_way_.push_back(std::move(s));
  return submitted_;
}

device::Event StreamLane::take_event() {
  if (under_way_.size() < kRemembered) return device::Event(stream_.device());
  device::Event oldest = std::move(under_way_.front().done);
  under_way_.pop_front();
  return oldest;
}

void StreamLane::wait(Ticket ticket) {
  if (ticket == 0) return;
  for (const Submission& s : under_way_)
    if (s.ticket >= ticket) return computing_.wait(s.done);
}

}  // namespace fullshard::comm
