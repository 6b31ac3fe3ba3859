#include "fullshard/data/batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace fullshard::data {

namespace {

Dataset three_samples() {
  Dataset d;
  d.append(std::vector<int32_t>{1, 2, 3}, std::vector<int32_t>{kIgnored, 2, 3});
  d.append(std::vector<int32_t>{4, 5}, std::vector<int32_t>{4, 5});
  d.append(std::vector<int32_t>{6, 7, 8, 9}, std::vector<int32_t>{kIgnored, kIgnored, kIgnored, 9});
  return d;
}

BatchPlan plan(int64_t samples, int64_t global, int64_t micro, Order order = Order::Shuffled) {
  return BatchPlan(
      {.num_samples = samples, .global_batch = global, .micro_batch = micro, .seed = 7, .order = order});
}

}  // namespace

TEST(MicroBatch, targets_are_the_labels_one_to_the_left) {
  const Dataset d = three_samples();

  const MicroBatch b = make_micro_batch(d, std::vector<int64_t>{1});

  EXPECT_EQ(b.ids, (std::vector<int32_t>{4, 5}));
  EXPECT_EQ(b.targets, (std::vector<int32_t>{5, kIgnored}));
  EXPECT_EQ(b.trained, 1);
}

TEST(MicroBatch, samples_lie_end_to_end_and_the_last_token_of_each_predicts_nothing) {
  const Dataset d = three_samples();

  const MicroBatch b = make_micro_batch(d, std::vector<int64_t>{1, 2, 0});

  EXPECT_EQ(b.ids, (std::vector<int32_t>{4, 5, 6, 7, 8, 9, 1, 2, 3}));
  constexpr int32_t x = kIgnored;
  EXPECT_EQ(b.targets, (std::vector<int32_t>{5, x, x, x, 9, x, 2, 3, x}));
  EXPECT_EQ(b.starts, (std::vector<int32_t>{0, 2, 6, 9}));
  EXPECT_EQ(b.num_samples(), 3);
  EXPECT_EQ(b.num_tokens(), 9);
  EXPECT_EQ(b.trained, 4);
  EXPECT_EQ(b.trained, d.ledger().trained);
}

TEST(MicroBatch, no_samples_give_an_empty_one) {
  const MicroBatch b = make_micro_batch(three_samples(), {});

  EXPECT_EQ(b.num_samples(), 0);
  EXPECT_TRUE(b.ids.empty());
}

TEST(BatchPlan, every_epoch_trains_every_sample_once_and_each_in_another_order) {
  const BatchPlan p = plan(103, 10, 2);
  std::vector<std::vector<int64_t>> epochs(3);

  for (int64_t step = 0; step < 3 * p.steps_per_epoch(); ++step) {
    const auto samples = p.samples_of(step);
    auto& epoch = epochs[static_cast<size_t>(p.epoch_of(step))];
    epoch.insert(epoch.end(), samples.begin(), samples.end());
  }

  std::vector<int64_t> all(103);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
  EXPECT_NE(epochs[0], all);
  for (auto& epoch : epochs) {
    std::sort(epoch.begin(), epoch.end());
    EXPECT_EQ(epoch, all);
  }
}

TEST(BatchPlan, another_seed_is_another_order) {
  const auto first_step = [](uint64_t seed) {
    return BatchPlan({.num_samples = 103, .global_batch = 10, .micro_batch = 2, .seed = seed}).samples_of(0);
  };

  EXPECT_EQ(first_step(7), first_step(7));
  EXPECT_NE(first_step(7), first_step(8));
}

TEST(BatchPlan, the_last_step_of_an_epoch_takes_what_is_left) {
  const BatchPlan p = plan(103, 10, 2);

  EXPECT_EQ(p.steps_per_epoch(), 11);
  EXPECT_EQ(p.samples_of(10).size(), 3u);
  EXPECT_EQ(p.samples_of(11).size(), 10u);
}

TEST(BatchPlan, counts_the_samples_before_a_step_over_short_last_steps) {
  const BatchPlan plan({.num_samples = 10, .global_batch = 4, .micro_batch = 2});

  int64_t counted = 0;
  for (int64_t step = 0; step < 8; ++step) {
    EXPECT_EQ(plan.samples_before(step), counted) << step;
    counted += static_cast<int64_t>(plan.samples_of(step).size());
  }
}

TEST(BatchPlan, without_shuffling_the_order_is_that_of_the_files) {
  const BatchPlan p = plan(5, 2, 1, Order::AsInFiles);

  EXPECT_EQ(p.samples_of(0), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(p.samples_of(2), (std::vector<int64_t>{4}));
  EXPECT_EQ(p.samples_of(3), (std::vector<int64_t>{0, 1}));
}

TEST(BatchPlan, micro_batches_one_after_the_other_are_the_global_batch) {
  for (const int64_t samples : {1, 7, 64, 103})
    for (const int64_t global : {1, 6, 10, 16})
      for (const int64_t micro : {1, 2, 3, 8}) {
        const BatchPlan p = plan(samples, global, micro);
        for (int64_t step = 0; step < p.steps_per_epoch() + 1; ++step) {
          std::vector<int64_t> joined;
          for (int64_t m = 0; m < p.num_micro_batches(step); ++m) {
            const auto part = p.samples_of(step, m);
            EXPECT_TRUE(m + 1 == p.num_micro_batches(step) || std::ssize(part) == micro);
            joined.insert(joined.end(), part.begin(), part.end());
          }
          ASSERT_EQ(joined, p.samples_of(step)) << samples << " " << global << " " << micro;
          EXPECT_TRUE(p.samples_of(step, p.num_micro_batches(step)).empty());
        }
      }
}

}  // namespace fullshard::data
