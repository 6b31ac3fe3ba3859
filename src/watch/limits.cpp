#include "fullshard/watch/limits.hpp"

#include <algorithm>

namespace fullshard::watch {

namespace {

// A step this long is no measure of anything, and ten of them still fit the clock.
constexpr double kLongestStep = 1e8;

}  // namespace

Duration Limits::progress(Phase phase) const {
  switch (phase) {
    case Phase::Forward:
    case Phase::Backward:
    case Phase::Update:
    case Phase::Finished:
      break;
    case Phase::Evaluate:
      return base * 10;
    case Phase::Startup:
    case Phase::Load:
    case Phase::Save:
    case Phase::Export:
      return base * 30;
  }
  return std::max(base, 10 * median_step);
}

Duration Limits::heartbeat() const {
  return std::min<Duration>(base / 10, std::chrono::seconds(1));
}

void StepPace::took(double seconds) {
  steps_[count_++ % kSteps] = std::clamp(seconds, 0.0, kLongestStep);
}

Duration StepPace::median() const {
  const size_t n = std::min(count_, kSteps);
  if (n == 0) return {};
  std::array<double, kSteps> sorted = steps_;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(n / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(n));
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*middle));
}

}  // namespace fullshard::watch
