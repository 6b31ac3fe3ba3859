#include "fullshard/watch/boot_clock.hpp"

#include <time.h>

namespace fullshard::watch {

BootClock::time_point BootClock::now() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_BOOTTIME, &t);
  return time_point(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

}  // namespace fullshard::watch
