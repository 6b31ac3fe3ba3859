#include "fullshard/data/batch_feed.hpp"

#include <algorithm>
#include <utility>

#include "fullshard/core/check.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/signals_blocked.hpp"

namespace fullshard::data {

namespace {

constexpr size_t kStepsAhead = 2;

}  // namespace

BatchFeed::BatchFeed(Options options) : options_(std::move(options)), reader_(options_.sources) {
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { run(); });
}

BatchFeed::~BatchFeed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void BatchFeed::run() {
  try {
    feed();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
  changed_.notify_all();
}

// The next epoch is planned as soon as this one's first steps are there, so that nobody waits for it.
void BatchFeed::feed() {
  int64_t number = options_.epoch, step = options_.step;
  std::optional<EpochPlan> epoch, next;
  for (int64_t done = 0; done < options_.steps; ++number, step = 0) {
    epoch = next ? std::move(next) : std::optional(options_.plan(number));
    next.reset();
    const int64_t end = std::min(epoch->num_steps(), step + options_.steps - done);
    for (const int64_t first = step; step < end; ++step, ++done) {
      if (!put(read(*epoch, step))) return;
      const bool last_ahead = step + 1 == std::min(end, first + static_cast<int64_t>(kStepsAhead));
      if (last_ahead && done + end - step < options_.steps) next = options_.plan(number + 1);
    }
  }
}

StepBatches BatchFeed::read(const EpochPlan& epoch, int64_t step) {
  const std::vector<EpochPlan::Samples> all = epoch.micro_batches(step);
  StepBatches out;
  for (const int64_t m : options_.share(std::ssize(all)))
    out.micro_batches.push_back(reader_.read(micro_batch_or_none(all, m)));
  out.books = reader_.take_books();
  return out;
}

// Whether anybody still wants more.
bool BatchFeed::put(StepBatches batches) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_.size() < kStepsAhead || ending_; });
  if (ending_) return false;
  ready_.push_back(std::move(batches));
  lock.unlock();
  changed_.notify_all();
  return true;
}

std::exception_ptr BatchFeed::wait() {
  const Stopwatch waiting;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty() || failure_; });
  seconds_waited_ += waiting.seconds();
  return ready_.empty() ? failure_ : nullptr;
}

StepBatches BatchFeed::take() {
  if (const std::exception_ptr failure = wait()) std::rethrow_exception(failure);
  const std::lock_guard lock(mutex_);
  StepBatches out = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return out;
}

}  // namespace fullshard::data
