#pragma once
// When a device did what it was asked to do, in seconds of the host's clock.

#include <deque>
#include <functional>
#include <vector>

#include "fullshard/device/stream.hpp"

namespace fullshard::comm {

class DeviceClock {
 public:
  explicit DeviceClock(DeviceId gpu);

  /// A moment of a stream's work, told later.
  using Mark = size_t;
  Mark mark(const device::Stream& stream);

  /// tell(begin, end) is called by a later settle(), in steady_seconds().
  void note(Mark begin, Mark end, std::function<void(double, double)> tell);

  /// Tells what has happened meanwhile; Wait::ForAll waits for the rest.
  enum class Wait { No, ForAll };
  void settle(Wait wait);

 private:
  struct Note {
    Mark begin, end;
    std::function<void(double, double)> tell;
  };
  void start_anew();

  DeviceId gpu_;
  device::Event zero_;  // at zero_seconds_
  double zero_seconds_ = 0;
  std::vector<device::Event> events_;  // by mark
  std::vector<Mark> free_;
  std::deque<Note> notes_;
};

}  // namespace fullshard::comm
