#include "cli/patience.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>

#include "cli/errors.hpp"

namespace fullshard::cli {

namespace {

constexpr double kTimeToSpeak = 3;  // for those who work when patience ends, before those who wait

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Patience::Patience(std::string who, LastWord last_word, double seconds)
    : who_(std::move(who)),
      last_word_(last_word),
      seconds_(seconds),
      since_(now()),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

Patience::~Patience() = default;

void Patience::begin(const char* check, doctor::Activity activity) noexcept {
  check_ = check;
  activity_ = activity;
  since_ = now();
}

void Patience::watch(const std::stop_token& stop) const {
  while (!stop.stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const double waited = now() - since_.load();
    const bool works = activity_.load() == doctor::Activity::Working;
    if (waited < seconds_ + (works ? 0 : kTimeToSpeak)) continue;
    if (works)
      print_error(
          fmt::format("{}: the check '{}' hangs for {:.0f} s now; see whether the file systems of that node "
                      "answer (df, dmesg)",
                      who_, check_.load(), waited));
    else if (last_word_ == LastWord::Speaks)
      print_error(fmt::format(
          "{}: others do not come to the check '{}' for {:.0f} s now; see whether all nodes of the "
          "job live and can be reached",
          who_, check_.load(), waited));
    ::_exit(static_cast<int>(ExitCode::Communication));  // the other threads cannot be asked
  }
}

}  // namespace fullshard::cli
