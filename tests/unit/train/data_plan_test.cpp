#include "fullshard/train/data_plan.hpp"

#include <gtest/gtest.h>

namespace fullshard::train {

namespace {

/// Data sets of so many samples of 4 tokens each.
Inputs inputs(const std::vector<int64_t>& sizes) {
  Inputs in;
  for (const int64_t size : sizes) {
    data::Dataset& d = in.train.emplace_back();
    for (int64_t i = 0; i < size; ++i) d.append(std::vector<int32_t>(4, 1), std::vector<int32_t>(4, 1));
  }
  return in;
}

/// A run file that names as many data sets.
config::RunConfig run_of(const Inputs& in) {
  config::RunConfig run;
  run.dataset.resize(in.train.size());
  return run;
}

}  // namespace

TEST(DataPlan, joined_data_sets_are_an_epoch) {
  const Inputs in = inputs({10, 5});

  const data::RunPlan plan = plan_of(run_of(in), in, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{10, 10}, {5, 5}}));
  EXPECT_EQ(mixture_text(plan.mixture()), "10 of 10, 5 of 5");
}

TEST(DataPlan, shares_and_limits_of_the_run_file_are_kept) {
  const Inputs in = inputs({100, 50});
  config::RunConfig run = run_of(in);
  run.mix_strategy = config::MixStrategy::InterleaveOver;
  run.interleave_probs = {3, 1};
  run.max_samples = 40;

  const data::RunPlan plan = plan_of(run, in, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{40, 120}, {40, 40}}));
}

TEST(DataPlan, sources_have_epochs_and_limits_of_their_own) {
  const Inputs in = inputs({100, 50});
  config::RunConfig run;
  run.sources.resize(2);
  run.sources[0].epochs = 0.25;
  run.sources[1].epochs = 3;
  run.sources[1].max_samples = 10;

  const data::RunPlan plan = plan_of(run, in, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{100, 25}, {10, 30}}));
}

TEST(DataPlan, packed_rows_are_as_long_as_the_cutoff) {
  const Inputs in = inputs({10});
  config::RunConfig run = run_of(in);
  run.cutoff_len = 13;

  EXPECT_EQ(plan_of(run, in, 1).epoch(0).num_rows(), 10);
  EXPECT_EQ(longest_row(run, in), 4);
  run.packing = true;
  EXPECT_EQ(plan_of(run, in, 1).epoch(0).num_rows(), 4);
  EXPECT_EQ(longest_row(run, in), 13);
}

TEST(DataPlan, steps_follow_from_epochs_unless_they_are_given) {
  const Inputs in = inputs({10});
  config::RunConfig run = run_of(in);
  run.num_train_epochs = 2.5;
  data::RunPlan plan = plan_of(run, in, 4);

  EXPECT_EQ(total_steps_of(run, plan), 8);
  run.max_steps = 5;
  EXPECT_EQ(total_steps_of(run, plan), 5);
}

TEST(DataPlan, a_whole_source_is_one_step_in_which_each_sample_comes_once) {
  const Inputs in = inputs({10});

  const data::EpochPlan plan = whole_in_order(in.train[0], 4);

  EXPECT_EQ(plan.num_steps(), 1);
  EXPECT_EQ(plan.num_micro_batches(0), 3);
  EXPECT_EQ(plan.micro_batches(0)[2], (data::EpochPlan::Samples{{0, 8}, {0, 9}}));
}

}  // namespace fullshard::train
