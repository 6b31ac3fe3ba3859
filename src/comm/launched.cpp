#include "fullshard/comm/launched.hpp"

#include <utility>

namespace fullshard::comm {

void Launched::add(const CollectiveProgress& what, const device::Stream& stream) {
  const std::lock_guard lock(mutex_);
  drop_done();
  if (free_.empty()) free_.emplace_back(gpu_);
  Item item{what, std::move(free_.back())};
  free_.pop_back();
  item.what.in_flight = 1;
  item.done.record(stream);
  items_.push_back(std::move(item));
}

// A device that has failed has no answer; who launches finds out.
DeviceWork::State Launched::look() noexcept {
  const std::lock_guard lock(mutex_);
  try {
    drop_done();
  } catch (...) {
  }
  return {done_, items_.empty() ? std::nullopt : std::optional(items_.front().what)};
}

// Streams overtake each other: what is done behind one that is not is dropped after it.
void Launched::drop_done() {
  while (!items_.empty() && items_.front().done.has_happened()) {
    free_.push_back(std::move(items_.front().done));
    items_.pop_front();
    ++done_;
  }
}

}  // namespace fullshard::comm
