#include "fullshard/train/data_plan.hpp"

#include <gtest/gtest.h>

#include "support/memory_samples.hpp"

namespace fullshard::train {

namespace {

/// Sources of so many samples of 4 tokens each.
struct Sources {
  explicit Sources(const std::vector<int64_t>& sizes) : all(sizes.size()) {
    for (size_t s = 0; s < sizes.size(); ++s) {
      for (int64_t i = 0; i < sizes[s]; ++i)
        all[s].append(std::vector<int32_t>(4, 1), std::vector<int32_t>(4, 1));
      pointers.push_back(&all[s]);
    }
  }
  std::vector<test::MemorySamples> all;
  std::vector<const data::SampleSource*> pointers;
};

/// A run file that names as many data sets.
config::RunConfig run_of(const Sources& in) {
  config::RunConfig run;
  run.dataset.resize(in.all.size());
  return run;
}

}  // namespace

TEST(DataPlan, joined_data_sets_are_an_epoch) {
  const Sources in({10, 5});

  const data::RunPlan plan = plan_of(run_of(in), config::sources_of(run_of(in)), in.pointers, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{10, 10}, {5, 5}}));
  EXPECT_EQ(mixture_text(plan.mixture()), "10 of 10, 5 of 5");
}

TEST(DataPlan, shares_and_limits_of_the_run_file_are_kept) {
  const Sources in({100, 50});
  config::RunConfig run = run_of(in);
  run.mix_strategy = config::MixStrategy::InterleaveOver;
  run.interleave_probs = {3, 1};
  run.max_samples = 40;

  const data::RunPlan plan = plan_of(run, config::sources_of(run), in.pointers, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{40, 120}, {40, 40}}));
}

TEST(DataPlan, sources_have_epochs_and_limits_of_their_own) {
  const Sources in({100, 50});
  config::RunConfig run;
  run.sources.resize(2);
  run.sources[0].epochs = 0.25;
  run.sources[1].epochs = 3;
  run.sources[1].max_samples = 10;

  const data::RunPlan plan = plan_of(run, config::sources_of(run), in.pointers, 4);

  EXPECT_EQ(plan.mixture().sources(), (std::vector<data::Mixture::Source>{{100, 25}, {10, 30}}));
}

TEST(DataPlan, packed_rows_are_as_long_as_the_cutoff) {
  const Sources in({10});
  config::RunConfig run = run_of(in);
  run.cutoff_len = 13;

  EXPECT_EQ(plan_of(run, config::sources_of(run), in.pointers, 1).epoch(0).num_rows(), 10);
  EXPECT_EQ(longest_row(run, in.pointers), 4);
  run.packing = true;
  EXPECT_EQ(plan_of(run, config::sources_of(run), in.pointers, 1).epoch(0).num_rows(), 4);
  EXPECT_EQ(longest_row(run, in.pointers), 13);
}

TEST(DataPlan, steps_follow_from_epochs_unless_they_are_given) {
  const Sources in({10});
  config::RunConfig run = run_of(in);
  run.num_train_epochs = 2.5;
  data::RunPlan plan = plan_of(run, config::sources_of(run), in.pointers, 4);

  EXPECT_EQ(total_steps_of(run, plan), 8);
  run.max_steps = 5;
  EXPECT_EQ(total_steps_of(run, plan), 5);
}

TEST(DataPlan, whole_sources_are_one_step_in_which_each_sample_comes_once) {
  const Sources in({10});

  const data::EpochPlan plan = whole_in_order(in.pointers, 4);

  EXPECT_EQ(plan.num_steps(), 1);
  EXPECT_EQ(plan.num_micro_batches(0), 3);
  EXPECT_EQ(plan.micro_batches(0)[2], (data::EpochPlan::Samples{{0, 8}, {0, 9}}));
}

}  // namespace fullshard::train
