#include "fullshard/data/near_duplicates.hpp"

#include <gmock/gmock.h>

#include "fullshard/core/rng.hpp"

namespace fullshard::data {
namespace {

using Words = std::vector<int32_t>;

Words random_sample(uint64_t stream, int64_t length) {
  Words words;
  for (int64_t i = 0; i < length; ++i)
    words.push_back(static_cast<int32_t>(CounterRng(3, stream).bits(static_cast<uint64_t>(i)) % 5000));
  return words;
}

NearDuplicates found(const std::vector<Words>& samples) {
  return near_duplicates(std::ssize(samples), [&](int64_t i) { return samples[static_cast<size_t>(i)]; });
}

TEST(NearDuplicates, a_copy_with_a_changed_word_is_found_among_many) {
  std::vector<Words> samples;
  for (uint64_t i = 0; i < 300; ++i) samples.push_back(random_sample(i, 120));
  samples.push_back(samples[41]);
  samples.back()[60] ^= 1;
  samples.push_back(samples[200]);
  samples.back().push_back(7);

  const NearDuplicates result = found(samples);
  ASSERT_EQ(result.pairs.size(), 2u);
  EXPECT_EQ(result.looked_at, 302);
  EXPECT_EQ(result.pairs[0].first, 41);
  EXPECT_EQ(result.pairs[0].second, 300);
  // 116 runs of five each, of which the five with the changed word differ.
  EXPECT_DOUBLE_EQ(result.pairs[0].similarity, 111.0 / 121.0);
  EXPECT_EQ(result.pairs[1].first, 200);
}

TEST(NearDuplicates, equal_samples_and_other_masks_are_none) {
  const Words sample = random_sample(1, 50);
  EXPECT_TRUE(found({sample, sample}).pairs.empty());
}

TEST(NearDuplicates, samples_that_share_less_are_none) {
  Words other = random_sample(1, 100);
  for (size_t i = 0; i < 100; i += 10) other[i] ^= 1;
  EXPECT_TRUE(found({random_sample(1, 100), other}).pairs.empty());
}

TEST(NearDuplicates, samples_of_any_length_are_looked_at) {
  EXPECT_TRUE(found({{}, {1}, {2, 3}, {4, 5, 6, 7, 8}}).pairs.empty());
  EXPECT_EQ(near_duplicates(0, [](int64_t) { return Words{}; }).looked_at, 0);
}

}  // namespace
}  // namespace fullshard::data
