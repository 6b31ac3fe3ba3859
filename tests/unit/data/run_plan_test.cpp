#include "fullshard/data/run_plan.hpp"

#include <gtest/gtest.h>

#include <set>

#include "fullshard/core/rng.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::data {

namespace {

int64_t length_of(SampleId s) {
  return 1 + static_cast<int64_t>(CounterRng(5, 0).bits(static_cast<uint64_t>(s.index)) % 60);
}

RunPlan plain(int64_t samples, int64_t global) {
  return {Mixture({{samples, samples}}, 7, Order::Shuffled),
          length_of,
          {.global_batch = global, .micro_batch = 2}};
}

/// 70 of 100 samples to an epoch, packed: epochs of unlike numbers of rows.
RunPlan unlike(int64_t global) {
  return {Mixture({{100, 70}}, 7, Order::Shuffled),
          length_of,
          {.global_batch = global, .micro_batch = 2, .row_length = 64}};
}

}  // namespace

TEST(RunPlan, epochs_of_whole_sources_have_equal_steps) {
  RunPlan p = plain(103, 10);

  EXPECT_EQ(p.steps_of(0), 11);
  EXPECT_EQ(p.first_step_of(5), 55);
  EXPECT_EQ(p.epoch_of(54), 4);
  EXPECT_EQ(p.epoch_of(55), 5);
  EXPECT_TRUE(p.begins_epoch(0) && p.begins_epoch(55) && !p.begins_epoch(54));
}

TEST(RunPlan, steps_and_epochs_agree_with_the_plans_of_the_epochs_where_these_are_unlike) {
  RunPlan p = unlike(3);
  std::set<int64_t> sizes;

  int64_t step = 0;
  for (int64_t e = 0; e < 30; ++e) {
    const EpochPlan epoch = p.epoch(e);
    EXPECT_EQ(p.first_step_of(e), step);
    EXPECT_EQ(p.steps_of(e), epoch.num_steps());
    for (int64_t s = 0; s < epoch.num_steps(); ++s, ++step) {
      EXPECT_EQ(p.epoch_of(step), e);
      EXPECT_EQ(p.num_micro_batches(step), epoch.num_micro_batches(s));
    }
    sizes.insert(epoch.num_rows());
  }
  EXPECT_GT(sizes.size(), 1u);
}

TEST(RunPlan, a_part_of_an_epoch_is_rounded_up_to_steps) {
  RunPlan p = plain(103, 10);

  EXPECT_EQ(p.steps_of_epochs(3), 33);
  EXPECT_EQ(p.steps_of_epochs(2.5), 28);
  EXPECT_EQ(p.steps_of_epochs(0.01), 1);
  EXPECT_DOUBLE_EQ(p.epochs_of_steps(33), 3);
  EXPECT_DOUBLE_EQ(p.epochs_of_steps(0), 0);
  EXPECT_DOUBLE_EQ(p.epochs_of_steps(12), 1 + 1.0 / 11);
}

TEST(RunPlan, a_part_of_an_epoch_that_is_whole_steps_is_not_rounded) {
  RunPlan ten = plain(100, 10), hundred = plain(1000, 10), of_unlike = unlike(3);
  const auto steps_of_last = static_cast<double>(of_unlike.steps_of(2));

  EXPECT_EQ(ten.steps_of_epochs(2.2), 22);
  EXPECT_EQ(ten.steps_of_epochs(1.1), 11);
  EXPECT_EQ(ten.steps_of_epochs(1000.3), 10003);
  for (int64_t steps = 0; steps <= 3000; ++steps) {
    EXPECT_EQ(ten.steps_of_epochs(static_cast<double>(steps) / 10), steps);
    EXPECT_EQ(hundred.steps_of_epochs(static_cast<double>(steps) / 100), steps);
  }
  EXPECT_EQ(ten.steps_of_epochs(2.201), 23);
  EXPECT_EQ(ten.steps_of_epochs(1e-12), 1);
  EXPECT_EQ(of_unlike.steps_of_epochs(2 + 3 / steps_of_last), of_unlike.first_step_of(2) + 3);
}

TEST(RunPlan, another_global_batch_has_the_same_rows) {
  RunPlan p = unlike(1);
  const int64_t rows = p.first_step_of(3);

  p.set_global_batch(4);

  EXPECT_EQ(p.steps_of(1), ceil_div(p.epoch(1).num_rows(), 4));
  p.set_global_batch(1);
  EXPECT_EQ(p.first_step_of(3), rows);
}

}  // namespace fullshard::data
