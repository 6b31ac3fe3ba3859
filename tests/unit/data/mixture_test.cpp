#include "fullshard/data/mixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "fullshard/core/error.hpp"

namespace fullshard::data {

namespace {

using Counts = std::vector<int64_t>;

std::vector<SampleId> samples_of(const Mixture& m, int64_t epoch) {
  std::vector<SampleId> all;
  for (int64_t i = 0; i < m.size(); ++i) all.push_back(m.at(epoch, i));
  return all;
}

std::vector<SourceWish> weighted(std::vector<std::pair<int64_t, double>> sizes_and_weights) {
  std::vector<SourceWish> out;
  for (const auto& [size, weight] : sizes_and_weights) out.push_back({.size = size, .weight = weight});
  return out;
}

}  // namespace

TEST(SamplesPerEpoch, concat_takes_each_source_as_often_as_its_epochs_say) {
  const std::vector<SourceWish> sources = {
      {.size = 100}, {.size = 100, .epochs = 0.25}, {.size = 7, .epochs = 3}, {.size = 3, .epochs = 0.01}};

  EXPECT_EQ(samples_per_epoch(sources, MixStrategy::Concat), (Counts{100, 25, 21, 1}));
}

TEST(SamplesPerEpoch, under_ends_with_the_first_source_that_is_used_up) {
  EXPECT_EQ(samples_per_epoch(weighted({{1000, 0.8}, {100, 0.2}}), MixStrategy::InterleaveUnder),
            (Counts{400, 100}));
  EXPECT_EQ(samples_per_epoch(weighted({{1000, 1}, {300, 1}, {500, 1}}), MixStrategy::InterleaveUnder),
            (Counts{300, 300, 300}));
}

TEST(SamplesPerEpoch, over_ends_with_the_last_source_that_is_used_up) {
  EXPECT_EQ(samples_per_epoch(weighted({{1000, 0.8}, {100, 0.2}}), MixStrategy::InterleaveOver),
            (Counts{1000, 250}));
  EXPECT_EQ(samples_per_epoch(weighted({{1000, 1}, {300, 1}, {500, 1}}), MixStrategy::InterleaveOver),
            (Counts{1000, 1000, 1000}));
}

// 10 samples decide; the others' exact shares are 10/3 of 1, 1 and 1, which are 3.33 each: two are left over
// or one, by the sum of 10.
TEST(SamplesPerEpoch, largest_remainders_get_what_rounding_leaves) {
  EXPECT_EQ(samples_per_epoch(weighted({{10, 3}, {99, 1}, {99, 1}, {99, 1}}), MixStrategy::InterleaveUnder),
            (Counts{10, 4, 3, 3}));
  EXPECT_EQ(
      samples_per_epoch(weighted({{10, 4}, {99, 1.1}, {99, 1.5}, {99, 1.4}}), MixStrategy::InterleaveUnder),
      (Counts{10, 3, 4, 3}));
}

TEST(SamplesPerEpoch, every_share_is_less_than_a_sample_off_and_under_repeats_nothing) {
  for (int64_t a = 1; a < 60; a += 7)
    for (int64_t b = 1; b < 60; b += 5)
      for (const double w : {0.1, 0.3, 1.0, 1.7}) {
        const auto sources = weighted({{a, w}, {b, 0.7}, {31, 1 / 3.0}});
        for (const MixStrategy strategy : {MixStrategy::InterleaveUnder, MixStrategy::InterleaveOver}) {
          const Counts counts = samples_per_epoch(sources, strategy);

          std::array<double, 3> per_weight;
          for (size_t s = 0; s < 3; ++s)
            per_weight[s] = static_cast<double>(sources[s].size) / sources[s].weight;
          const auto [least, most] = std::minmax_element(per_weight.begin(), per_weight.end());
          const double decisive = strategy == MixStrategy::InterleaveUnder ? *least : *most;
          for (size_t s = 0; s < 3; ++s) {
            const double share = decisive * sources[s].weight;
            EXPECT_TRUE(std::abs(static_cast<double>(counts[s]) - share) < 1 || counts[s] == 1);
            EXPECT_TRUE(strategy == MixStrategy::InterleaveUnder ? counts[s] <= sources[s].size
                                                                 : counts[s] >= sources[s].size);
          }
        }
      }
}

TEST(SamplesPerEpoch, what_is_just_used_up_is_used_up_once) {
  EXPECT_EQ(
      samples_per_epoch(weighted({{7000, 0.7}, {3000, 0.3}, {1000, 0.1}}), MixStrategy::InterleaveUnder),
      (Counts{7000, 3000, 1000}));
  EXPECT_EQ(samples_per_epoch(weighted({{7000, 0.7}, {3000, 0.3}, {1000, 0.1}}), MixStrategy::InterleaveOver),
            (Counts{7000, 3000, 1000}));
}

TEST(SamplesPerEpoch, an_epoch_that_nobody_could_plan_is_refused) {
  const auto sources = weighted({{100, 1e-9}, {100, 1}});
  EXPECT_THAT([&] { samples_per_epoch(sources, MixStrategy::InterleaveOver); },
              testing::ThrowsMessage<ConfigError>(testing::HasSubstr("1e+11 samples of source 2")));
  const std::vector<SourceWish> often = {{.size = 100, .epochs = 1e12}};
  EXPECT_THROW(samples_per_epoch(often, MixStrategy::Concat), ConfigError);
}

TEST(SamplesPerEpoch, nothing_cannot_be_mixed) {
  EXPECT_THROW(samples_per_epoch(weighted({{0, 1}}), MixStrategy::Concat), InternalError);
  EXPECT_THROW(samples_per_epoch(weighted({{5, 0}}), MixStrategy::InterleaveUnder), InternalError);
}

TEST(Mixture, whole_sources_come_once_an_epoch_and_in_another_order_each_time) {
  const Mixture m({{103, 103}, {50, 50}}, 7, Order::Shuffled);

  auto first = samples_of(m, 0), second = samples_of(m, 1);

  EXPECT_TRUE(m.epochs_are_alike());
  EXPECT_NE(first, second);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  EXPECT_EQ(first, second);
  EXPECT_EQ(std::set(first.begin(), first.end()).size(), 153u);
}

TEST(Mixture, nothing_comes_twice_before_everything_came_once) {
  for (const int64_t per_epoch : {1, 3, 10, 17, 25}) {
    const Mixture m({{10, per_epoch}}, 3, Order::Shuffled);
    std::vector<int64_t> stream;
    for (int64_t epoch = 0; epoch < 10; ++epoch)
      for (const SampleId s : samples_of(m, epoch)) stream.push_back(s.index);

    for (size_t pass = 0; (pass + 1) * 10 <= stream.size(); ++pass) {
      const auto begin = stream.begin() + static_cast<int64_t>(pass) * 10;
      EXPECT_EQ(std::set(begin, begin + 10).size(), 10u) << per_epoch << " pass " << pass;
    }
  }
}

TEST(Mixture, sources_and_seeds_have_orders_of_their_own) {
  const Mixture m({{40, 40}, {40, 40}}, 7, Order::Shuffled), other({{40, 40}, {40, 40}}, 8, Order::Shuffled);
  std::vector<int64_t> order[2];
  for (const SampleId s : samples_of(m, 0)) order[s.source].push_back(s.index);

  EXPECT_NE(order[0], order[1]);
  EXPECT_NE(samples_of(m, 0), samples_of(other, 0));
}

TEST(Mixture, without_shuffling_sources_come_in_their_order_and_go_on_where_they_stopped) {
  const Mixture m({{3, 2}, {2, 2}}, 7, Order::AsInFiles);

  EXPECT_EQ(samples_of(m, 0), (std::vector<SampleId>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
  EXPECT_EQ(samples_of(m, 1), (std::vector<SampleId>{{0, 2}, {0, 0}, {1, 0}, {1, 1}}));
  EXPECT_FALSE(m.epochs_are_alike());
}

}  // namespace fullshard::data
