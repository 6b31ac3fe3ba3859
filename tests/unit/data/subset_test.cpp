#include "fullshard/data/subset.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"
#include "support/memory_samples.hpp"

namespace fullshard::data {
namespace {

using testing::Contains;
using testing::Not;
using Ids = std::vector<int32_t>;

/// Samples {first, first}, {first + 1, first + 1}, …
test::MemorySamples numbers(int32_t first, int32_t end) {
  test::MemorySamples out;
  for (int32_t i = first; i < end; ++i) out.append(Ids{i, i}, Ids{i, i});
  return out;
}

/// The first id of each sample.
Ids firsts(const SampleSource& source) {
  Ids out, words;
  for (int64_t i = 0; i < source.size(); ++i) {
    words.clear();
    source.read(i, words);
    out.push_back(words[0]);
  }
  return out;
}

}  // namespace

TEST(Subset, has_the_samples_of_its_indices) {
  const test::MemorySamples all = numbers(0, 10);
  const Subset some(all, {7, 2});
  EXPECT_EQ(firsts(some), (Ids{7, 2}));
  EXPECT_EQ(some.length(0), 2);
  EXPECT_EQ(some.digest(1), all.digest(2));
  EXPECT_EQ(Subset(all).size(), 10);
}

TEST(Split, validation_is_a_seeded_part_and_both_parts_keep_the_order) {
  const test::MemorySamples all = numbers(0, 100);
  const Split s = split_validation({&all}, 0.1, 3);
  const Ids seen = firsts(s.validation[0]), train = firsts(s.train[0]);

  ASSERT_EQ(seen.size(), 10u);
  ASSERT_EQ(train.size(), 90u);
  EXPECT_EQ(seen, firsts(split_validation({&all}, 10, 3).validation[0]));
  EXPECT_NE(seen, firsts(split_validation({&all}, 10, 4).validation[0]));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_TRUE(std::is_sorted(train.begin(), train.end()));
  // The last rows of the permutation: a later version must hold out the same.
  for (uint64_t i = 90; i < 100; ++i) EXPECT_THAT(seen, Contains(static_cast<int32_t>(permuted(i, 100, 3))));
  for (const int32_t id : train) EXPECT_THAT(seen, Not(Contains(id)));
  EXPECT_THROW(split_validation({&all}, 100, 3), ConfigError);
  EXPECT_THROW(split_validation({&all}, 0, 3), ConfigError);
}

TEST(Split, a_share_is_rounded_up_unless_it_is_whole) {
  const test::MemorySamples all = numbers(0, 100);
  const auto held_out = [&](double share) { return split_validation({&all}, share, 3).validation[0].size(); };

  EXPECT_EQ(held_out(0.07), 7);
  for (int percent = 1; percent < 100; ++percent) EXPECT_EQ(held_out(percent / 100.0), percent);
  EXPECT_EQ(held_out(0.071), 8);
  EXPECT_EQ(held_out(0.0001), 1);
}

TEST(Split, validation_is_taken_over_all_sources_and_leaves_something_of_each) {
  const test::MemorySamples first = numbers(0, 30), second = numbers(30, 100), all = numbers(0, 100);
  const Split s = split_validation({&first, &second}, 20, 3);
  Ids seen = firsts(s.validation[0]);
  for (const int32_t id : firsts(s.validation[1])) seen.push_back(id);

  EXPECT_EQ(seen, firsts(split_validation({&all}, 20, 3).validation[0]));
  EXPECT_EQ(s.train[0].size() + s.train[1].size(), 80);
  EXPECT_THROW(split_validation({&first, &second}, 99, 3), ConfigError);
}

}  // namespace fullshard::data
