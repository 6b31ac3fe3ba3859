#include "fullshard/train/stop_signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "fullshard/core/error.hpp"

namespace fullshard::train {

using namespace std::chrono_literals;

namespace {

// Its lease is over after half of it, and after 9 tenths it ends its process because nobody answers.
constexpr watch::Duration kBase = 2s;

/// Ends by a signal so long after the start of a watch on rank 1, whose rank 0 never answers.
[[noreturn]] void signalled_after(watch::Duration passed) {
  watch::WatchListener listener(2, "n0");
  const ProgressBoard board;
  const watch::Watchdog dog({WorldRank(1), 2, "n1", listener.invitation(), kBase}, board, {});
  leave_on_signals();
  const SignalsUnderWatch under(dog);
  std::this_thread::sleep_for(passed);
  ::raise(SIGTERM);
  ::_exit(1);
}

auto ends_with(ExitCode code) {
  return ::testing::ExitedWithCode(static_cast<int>(code));
}

}  // namespace

TEST(StopSignals, before_there_is_anything_to_save_a_signal_asks_for_another_start) {
  const auto signalled = [] {
    leave_on_signals();
    ::raise(SIGUSR1);
  };

  EXPECT_EXIT(signalled(), ends_with(ExitCode::Requeue), "");
}

TEST(StopSignals, a_rank_that_the_others_still_count_on_asks_for_another_start) {
  EXPECT_EXIT(signalled_after(0s), ends_with(ExitCode::Requeue), "");
}

TEST(StopSignals, a_rank_that_the_others_may_have_given_up_does_not_ask_for_another_start) {
  EXPECT_EXIT(signalled_after(kBase * 6 / 10), ends_with(ExitCode::Communication), "^$");
}

TEST(StopSignals, the_second_signal_ends_at_once) {
  const auto signalled = [] {
    const StopSignals stop;
    ::raise(SIGTERM);
    if (stop.requested()) ::raise(SIGTERM);
  };

  EXPECT_EXIT(signalled(), ends_with(ExitCode::Requeue), "");
}

}  // namespace fullshard::train
