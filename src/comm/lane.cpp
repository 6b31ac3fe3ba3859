#include "fullshard/comm/lane.hpp"

#include <csignal>
#include <utility>

namespace fullshard::comm {

namespace {

// Signals are the main thread's business: the new thread inherits a mask without them.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

Lane::Lane(Kind kind) : kind_(kind) {
  if (kind == Kind::Inline) return;
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { loop(); });
}

Lane::~Lane() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Lane::Ticket Lane::submit(std::function<void()> work) {
  ++submitted_;
  if (kind_ == Kind::Inline) {
    work();
  } else {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
    }
    changed_.notify_all();
  }
  return submitted_;
}

void Lane::wait(Ticket ticket) {
  if (kind_ == Kind::Inline) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return done_ >= ticket || failure_; });
  if (failure_) std::rethrow_exception(failure_);
}

void Lane::loop() {
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

}  // namespace fullshard::comm
