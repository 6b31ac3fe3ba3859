#include "fullshard/data/epoch_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "fullshard/core/rng.hpp"

namespace fullshard::data {

namespace {

/// Between 1 and 60 tokens.
int64_t length_of(SampleId s) {
  return 1 + static_cast<int64_t>(
                 CounterRng(5, static_cast<uint64_t>(s.source)).bits(static_cast<uint64_t>(s.index)) % 60);
}

Mixture mixture(int64_t a, int64_t b = 0, Order order = Order::Shuffled) {
  std::vector<Mixture::Source> sources = {{a, a}};
  if (b > 0) sources.push_back({b, b});
  return {sources, 7, order};
}

std::vector<SampleId> all_samples(const EpochPlan& plan) {
  std::vector<SampleId> all;
  for (int64_t step = 0; step < plan.num_steps(); ++step)
    for (const auto& m : plan.micro_batches(step)) all.insert(all.end(), m.begin(), m.end());
  return all;
}

int64_t cost(const EpochPlan::Samples& samples) {
  int64_t sum = 0;
  for (const SampleId s : samples) sum += length_of(s) * length_of(s);
  return sum;
}

int64_t tokens(const EpochPlan::Samples& samples) {
  int64_t sum = 0;
  for (const SampleId s : samples) sum += length_of(s);
  return sum;
}

}  // namespace

TEST(EpochPlan, trains_every_sample_once_packed_or_not) {
  for (const std::optional<int64_t> row_length : {std::optional<int64_t>(), std::optional<int64_t>(128)})
    for (const Order order : {Order::Shuffled, Order::AsInFiles})
      for (const int64_t global : {1, 6, 10, 500}) {
        const Mixture m = mixture(103, 41, order);
        const EpochPlan plan(
            m, 2, length_of,
            {.global_batch = global, .micro_batch = 3, .row_length = row_length, .seed = 7, .order = order});

        auto found = all_samples(plan);

        std::vector<SampleId> expected;
        for (int64_t i = 0; i < m.size(); ++i) expected.push_back(m.at(2, i));
        std::sort(found.begin(), found.end());
        std::sort(expected.begin(), expected.end());
        EXPECT_EQ(found, expected);
      }
}

TEST(EpochPlan, micro_batches_hold_as_many_rows_as_told_and_the_last_what_is_left) {
  const EpochPlan plan(mixture(103), 0, length_of, {.global_batch = 10, .micro_batch = 4});

  EXPECT_EQ(plan.num_steps(), 11);
  for (int64_t step = 0; step < 11; ++step) {
    const auto found = plan.micro_batches(step);
    EXPECT_EQ(std::ssize(found), plan.num_micro_batches(step));
    std::vector<size_t> sizes;
    for (const auto& m : found) sizes.push_back(m.size());
    EXPECT_EQ(sizes, step < 10 ? (std::vector<size_t>{4, 4, 2}) : (std::vector<size_t>{3}));
  }
}

TEST(EpochPlan, no_packed_row_is_longer_than_told) {
  const EpochPlan plan(mixture(300), 1, length_of, {.row_length = 64, .seed = 7});

  for (int64_t step = 0; step < plan.num_steps(); ++step) EXPECT_LE(tokens(plan.micro_batches(step)[0]), 64);
  EXPECT_LT(plan.num_rows(), 300);
}

TEST(EpochPlan, epochs_and_seeds_differ_in_order) {
  const auto order = [](int64_t epoch, uint64_t seed) {
    return all_samples(EpochPlan(mixture(60), epoch, length_of, {.row_length = 64, .seed = seed}));
  };

  EXPECT_EQ(order(0, 1), order(0, 1));
  EXPECT_NE(order(0, 1), order(1, 1));
  EXPECT_NE(order(0, 1), order(0, 2));
}

TEST(EpochPlan, sources_are_mixed) {
  const EpochPlan plan(mixture(200, 200), 0, length_of, {.global_batch = 50, .micro_batch = 1, .seed = 7});

  for (int64_t step = 0; step < plan.num_steps(); ++step) {
    int64_t of_first = 0;
    for (const auto& m : plan.micro_batches(step)) of_first += m[0].source == 0;
    // Of 50 drawn from 200 and 200: 25 expected, deviation 3.3; five of them.
    EXPECT_NEAR(static_cast<double>(of_first), 25, 17);
  }
}

TEST(EpochPlan, without_shuffling_steps_follow_the_files_and_rows_their_first_samples) {
  const EpochPlan plan(mixture(5, 0, Order::AsInFiles), 3, [](SampleId) { return 10; },
                       {.global_batch = 2, .order = Order::AsInFiles});
  const EpochPlan packed(mixture(5, 0, Order::AsInFiles), 3, [](SampleId) { return 10; },
                         {.row_length = 20, .order = Order::AsInFiles});

  EXPECT_EQ(all_samples(plan), (std::vector<SampleId>{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}}));
  EXPECT_EQ(packed.micro_batches(1)[0], (EpochPlan::Samples{{0, 2}, {0, 3}}));
}

TEST(EpochPlan, micro_batches_of_one_micro_step_cost_about_the_same_on_any_number_of_ranks) {
  const EpochPlan plan(mixture(960), 0, length_of, {.global_batch = 96, .micro_batch = 2, .seed = 7});

  for (int64_t step = 0; step < plan.num_steps(); ++step) {
    const auto all = plan.micro_batches(step);
    for (size_t i = 1; i < all.size(); ++i) EXPECT_GE(cost(all[i - 1]), cost(all[i]));
    for (const size_t ranks : {2, 3, 4, 8}) {
      // Micro-step m computes micro-batches [m·ranks, (m + 1)·ranks), and lasts as long as the dearest. As
      // costs fall, the waste of all micro-steps is below one dearest micro-batch of every rank.
      int64_t waste = 0;
      for (size_t i = 0; i < all.size(); ++i) waste += cost(all[i / ranks * ranks]) - cost(all[i]);
      EXPECT_LE(waste, static_cast<int64_t>(ranks) * cost(all[0]));
    }
  }
}

}  // namespace fullshard::data
