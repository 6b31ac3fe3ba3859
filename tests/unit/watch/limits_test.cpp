#include "fullshard/watch/limits.hpp"

#include <gtest/gtest.h>

namespace fullshard::watch {

using namespace std::chrono_literals;

TEST(Limits, a_step_may_take_the_base_or_ten_median_steps) {
  EXPECT_EQ((Limits{60s}).progress(Phase::Backward), 60s);
  EXPECT_EQ((Limits{60s, 2s}).progress(Phase::Backward), 60s);
  EXPECT_EQ((Limits{60s, 30s}).progress(Phase::Update), 300s);
}

TEST(Limits, other_phases_have_their_own) {
  const Limits limits{60s, 1s};

  EXPECT_EQ(limits.progress(Phase::Evaluate), 600s);
  for (const Phase slow : {Phase::Startup, Phase::Load, Phase::Save, Phase::Export})
    EXPECT_EQ(limits.progress(slow), 1800s);
}

// A stopped rank may not write any more before anyone is told that it is gone, and the judge comes before
// those who miss the judge; a heartbeat later everything is over.
TEST(Limits, events_come_in_an_order_that_leaves_no_gap) {
  for (const Duration base : {Duration(500ms), Duration(2s), Duration(60s), Duration(1h)}) {
    const Limits limits{base};

    EXPECT_GT(limits.heartbeat(), 0s);
    EXPECT_LT(limits.reconnect(), limits.lease());
    EXPECT_LT(limits.lease() + limits.heartbeat(), limits.silent());
    EXPECT_LT(limits.oversleep() + limits.heartbeat(), limits.silent_judge());
    EXPECT_LT(limits.silent(), limits.silent_judge());
    EXPECT_LE(limits.silent() + limits.heartbeat(), base);
    EXPECT_LT(limits.silent_judge(), base);
  }
}

TEST(StepPace, is_the_median_of_the_last_steps) {
  StepPace pace;
  EXPECT_EQ(pace.median(), 0s);

  pace.took(100);
  EXPECT_EQ(pace.median(), 100s);
  for (int i = 0; i < 4; ++i) pace.took(1);
  EXPECT_EQ(pace.median(), 1s);
  for (int i = 0; i < 31; ++i) pace.took(3);
  EXPECT_EQ(pace.median(), 3s);
}

TEST(StepPace, survives_any_number) {
  StepPace pace;
  pace.took(1e300);

  EXPECT_GT((Limits{60s, pace.median()}).progress(Phase::Forward), 1h);
}

}  // namespace fullshard::watch
