#include "fullshard/watch/watchdog.hpp"

#include <fmt/format.h>

#include <thread>

#include "fullshard/core/error.hpp"
#include "watch/watchdog_thread.hpp"

namespace fullshard::watch {

Watchdog::Watchdog(const WatchPost& post, const ProgressBoard& board, std::optional<WatchListener> listener)
    : thread_(std::make_unique<Thread>(post, board, std::move(listener))) {}

Watchdog::~Watchdog() = default;

void Watchdog::wait_until_connected(Duration patience) const {
  const TimePoint end = BootClock::now() + patience;
  while (!thread_->connected()) {
    if (BootClock::now() > end)
      throw CommError(
          "watchdog",
          fmt::format("this rank cannot reach rank 0 over TCP within {:.0f} s; is a firewall between the "
                      "nodes? watchdog_seconds: 0 runs without it",
                      seconds(patience)));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void Watchdog::log_to(const std::filesystem::path& path) {
  thread_->last_words().log_to(path);
}

void Watchdog::step_took(double seconds) {
  pace_.took(seconds);
  thread_->set_median_step(pace_.median());
}

bool Watchdog::lease_valid() const noexcept {
  return thread_->lease_valid();
}

void Watchdog::ensure_lease() const noexcept {
  thread_->wait_for_lease();
}

void Watchdog::finish() noexcept {
  thread_->finish();
}

}  // namespace fullshard::watch
