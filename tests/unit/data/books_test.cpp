#include "fullshard/data/books.hpp"

#include <gtest/gtest.h>

#include "fullshard/data/batch_reader.hpp"
#include "support/memory_samples.hpp"

namespace fullshard::data {

namespace {

/// Samples of 2 to 12 tokens.
test::MemorySamples samples(int64_t count, int32_t first_id = 1) {
  test::MemorySamples d;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<int32_t> ids(static_cast<size_t>(2 + i % 11), first_id);
    ids[0] = static_cast<int32_t>(i / 2);
    std::vector<int32_t> labels = ids;
    labels[0] = kIgnored;
    d.append(ids, labels);
  }
  return d;
}

struct TwoSources {
  test::MemorySamples a = samples(40), b = samples(17, 5);
  std::vector<const SampleSource*> sources = {&a, &b};
  EpochPlan plan = EpochPlan(
      mixture(), 1, [this](SampleId s) { return sources[static_cast<size_t>(s.source)]->length(s.index); },
      {.global_batch = 6, .micro_batch = 2, .row_length = 24, .seed = 3});
  static Mixture mixture() { return {{{40, 30}, {17, 25}}, 7, Order::Shuffled}; }

  /// What one of `ranks` ranks trains in steps [begin, end), dealt in turn.
  Books trained(int64_t rank, int64_t ranks, int64_t begin, int64_t end) const {
    BatchReader reader(sources);
    for (int64_t step = begin; step < end; ++step) {
      const auto all = plan.micro_batches(step);
      for (int64_t m = rank; m < std::ssize(all) + ranks; m += ranks)
        reader.read(micro_batch_or_none(all, m));
    }
    return reader.take_books();
  }
};

}  // namespace

TEST(Books, the_union_of_the_ranks_samples_is_the_epoch_on_any_number_of_ranks_and_over_a_resume_on_another) {
  const TwoSources run;
  const int64_t end = run.plan.num_steps();
  const Books plan = planned(TwoSources::mixture(), 1, run.sources, {});
  for (int64_t ranks = 1; ranks <= 8; ++ranks)
    for (const int64_t resumed_at : {int64_t{0}, end / 2}) {
      Books sum(2), planned_sum(2);
      for (int64_t r = 0; r < ranks; ++r) {
        add(sum, run.trained(r, ranks, resumed_at, end));
        add(planned_sum, planned(TwoSources::mixture(), 1, run.sources, {r, ranks}));
      }
      for (int64_t r = 0; r < 3; ++r) add(sum, run.trained(r, 3, 0, resumed_at));

      EXPECT_TRUE(balanced(sum, plan)) << ranks;
      EXPECT_EQ(planned_sum, plan) << ranks;
      EXPECT_EQ(sum[0].samples, 30);
      EXPECT_EQ(sum[1].samples, 25);
    }
}

TEST(Books, a_part_of_an_epoch_is_planned_step_by_step) {
  const TwoSources run;
  const int64_t steps = run.plan.num_steps() - 1;
  Books plan(2);
  for (int64_t r = 0; r < 3; ++r) add(plan, planned(run.plan, steps, run.sources, {r, 3}));

  EXPECT_TRUE(balanced(run.trained(0, 1, 0, steps), plan));
  EXPECT_FALSE(balanced(run.trained(0, 1, 0, steps + 1), plan));
}

TEST(Books, a_sample_in_place_of_another_shows_in_the_hash) {
  const TwoSources run;
  BatchReader right(run.sources), wrong(run.sources);
  right.read(std::vector<SampleId>{{0, 0}, {0, 11}, {0, 22}});
  wrong.read(std::vector<SampleId>{{0, 0}, {0, 11}, {0, 11}});
  const Books a = right.take_books(), b = wrong.take_books();

  EXPECT_EQ(a[0].tokens, b[0].tokens);
  EXPECT_FALSE(balanced(a, b));
}

TEST(Books, the_mask_shows_in_the_hash) {
  test::MemorySamples one, other;
  one.append(std::vector<int32_t>{1, 2, 3}, std::vector<int32_t>{kIgnored, 2, 3});
  other.append(std::vector<int32_t>{1, 2, 3}, std::vector<int32_t>{kIgnored, kIgnored, 3});

  EXPECT_NE(one.digest(0), other.digest(0));
}

TEST(Books, two_epochs_of_whole_sources_agree_in_content) {
  const TwoSources run;
  const Mixture whole({{40, 40}, {17, 34}}, 7, Order::Shuffled);

  EXPECT_EQ(planned(whole, 0, run.sources, {}), planned(whole, 5, run.sources, {}));
  EXPECT_EQ(total(planned(whole, 0, run.sources, {})).samples, 74);
}

}  // namespace fullshard::data
