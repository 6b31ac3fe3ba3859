#pragma once
// Collectives that a GPU was given and has not done yet, so that the watchdog can name the one in which it
// waits.

#include <deque>
#include <mutex>
#include <vector>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/device/stream.hpp"

namespace fullshard::comm {

class Launched final : public DeviceWork {
 public:
  explicit Launched(DeviceId gpu) : gpu_(gpu) {}

  /// `what` is done when all is that was launched on the stream so far. Of one thread.
  void add(const CollectiveProgress& what, const device::Stream& stream);

  State look() noexcept override;

 private:
  struct Item {
    CollectiveProgress what;
    device::Event done;
  };
  void drop_done();

  DeviceId gpu_;
  std::mutex mutex_;
  std::deque<Item> items_;  // in order of launching
  std::vector<device::Event> free_;
  uint64_t done_ = 0;
};

}  // namespace fullshard::comm
