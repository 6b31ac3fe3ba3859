#include "cli/patience.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "cli/errors.hpp"

namespace fullshard::cli {

namespace {

constexpr double kTimeToSpeak = 3;    // for those who work when patience ends, before those who wait
constexpr double kLongestTick = 0.1;  // seconds of patience that one look costs

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Patience::Patience(std::string who, LastWord last_word, double seconds)
    : who_(std::move(who)),
      last_word_(last_word),
      seconds_(seconds),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Patience::~Patience() = default;

void Patience::begin(const char* check, doctor::Activity activity) noexcept {
  check_ = check;
  activity_ = activity;
  ++part_;
}

void Patience::watch(const std::stop_token& stop) const {
  int64_t part = part_;
  double waited = 0;
  for (double before = now(); !stop.stop_requested();) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    // A machine that stood still, or had no time for this thread, had none for the others either.
    const double at = now();
    waited += std::min(at - before, kLongestTick);
    before = at;
    if (const int64_t current = part_; current != part) part = current, waited = 0;
    const bool works = activity_ == doctor::Activity::Working;
    if (waited >= seconds_ + (works ? 0 : kTimeToSpeak)) end(waited);
  }
}

void Patience::end(double waited) const {
  if (activity_ == doctor::Activity::Working)
    print_error(
        fmt::format("{}: the check '{}' hangs for {:.0f} s now; see whether the file systems of that node "
                    "answer (df, dmesg)",
                    who_, check_.load(), waited));
  else if (last_word_ == LastWord::Speaks)
    print_error(
        fmt::format("{}: others do not come to the check '{}' for {:.0f} s now; see whether all nodes of the "
                    "job live and can "
                    "be reached",
                    who_, check_.load(), waited));
  ::_exit(static_cast<int>(ExitCode::Communication));  // the other threads cannot be asked
}

}  // namespace fullshard::cli
