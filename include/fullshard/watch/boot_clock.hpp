#pragma once

#include <chrono>

namespace fullshard::watch {

/// Time since the machine started, that goes on while it is suspended: a gap in it is seen by whoever was
/// stopped, by a signal or with the whole machine. Compared inside one process only.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

using Duration = BootClock::duration;
using TimePoint = BootClock::time_point;

inline double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace fullshard::watch
