#include "fullshard/comm/device_clock.hpp"

#include <utility>

#include "fullshard/core/clock.hpp"

namespace fullshard::comm {

namespace {

// CUDA tells times between events in fp32 milliseconds: far from its zero they are coarse.
constexpr double kNewZeroAfterSeconds = 60;

}  // namespace

DeviceClock::DeviceClock(DeviceId gpu) : gpu_(gpu), zero_(gpu) {
  start_anew();
}

void DeviceClock::start_anew() {
  zero_.record(device::Stream::computing(gpu_));
  zero_.synchronize();
  zero_seconds_ = steady_seconds();
}

DeviceClock::Mark DeviceClock::mark(const device::Stream& stream) {
  if (free_.empty()) {
    free_.push_back(events_.size());
    events_.emplace_back(gpu_);
  }
  const Mark m = free_.back();
  free_.pop_back();
  events_[m].record(stream);
  return m;
}

void DeviceClock::note(Mark begin, Mark end, std::function<void(double, double)> tell) {
  notes_.push_back({begin, end, std::move(tell)});
}

void DeviceClock::settle(Wait wait) {
  std::deque<Note> waiting;
  for (Note& n : notes_) {
    if (wait == Wait::ForAll) events_[n.end].synchronize();
    if (!events_[n.end].has_happened()) {
      waiting.push_back(std::move(n));
      continue;
    }
    const double begin = zero_seconds_ + events_[n.begin].seconds_since(zero_);
    n.tell(begin, begin + events_[n.end].seconds_since(events_[n.begin]));
    free_.insert(free_.end(), {n.begin, n.end});
  }
  notes_ = std::move(waiting);
  if (notes_.empty() && steady_seconds() - zero_seconds_ > kNewZeroAfterSeconds) start_anew();
}

}  // namespace fullshard::comm
