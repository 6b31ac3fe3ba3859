#include "cli/patience.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace fullshard::cli {
namespace {

using doctor::Activity;

void wait(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

TEST(Patience, ends_who_works_too_long_with_rank_host_and_check) {
  EXPECT_EXIT(
      {
        Patience patience("rank 3 on n2", Patience::LastWord::Silent, 0.1);
        patience.begin("directory", Activity::Working);
        wait(30);
      },
      testing::ExitedWithCode(5), "rank 3 on n2: the check 'directory' hangs");
}

TEST(Patience, lets_who_waits_speak_last) {
  EXPECT_EXIT(
      {
        Patience patience("rank 0 on n1", Patience::LastWord::Speaks, 0.1);
        patience.begin("links", Activity::Waiting);
        wait(30);
      },
      testing::ExitedWithCode(5), "rank 0 on n1: others do not come to the check 'links' for 3 s");
}

TEST(Patience, begins_anew_with_each_check_and_ends_in_peace) {
  const auto start = std::chrono::steady_clock::now();
  {
    Patience patience("rank 0 on n1", Patience::LastWord::Speaks, 0.5);
    for (int i = 0; i < 10; ++i) {
      patience.begin("directory", Activity::Working);
      wait(0.1);
    }
  }

  EXPECT_GT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
}

}  // namespace
}  // namespace fullshard::cli
