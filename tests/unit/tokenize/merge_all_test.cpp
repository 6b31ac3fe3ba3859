#include <gtest/gtest.h>

#include "fullshard/core/clock.hpp"
#include "fullshard/core/rng.hpp"
#include "tokenize/bpe.hpp"

namespace fullshard::tokenize {

namespace {

// Merges of random pairs over 4 letters, each into a new token: rank and id grow together.
MergeTable random_merges(uint64_t seed, int32_t count) {
  const CounterRng rng(seed, 0);
  MergeTable merges(count);
  for (int32_t i = 0; i < count; ++i) {
    const auto pick = [&](uint64_t which) {
      return static_cast<int32_t>(rng.bits(static_cast<uint64_t>(i) * 2 + which) %
                                  static_cast<uint64_t>(4 + i));
    };
    merges.set(pick(0), pick(1), {i, 4 + i});
  }
  return merges;
}

std::vector<int32_t> letters(uint64_t seed, size_t n) {
  const CounterRng rng(seed, 1);
  std::vector<int32_t> ids(n);
  for (size_t i = 0; i < n; ++i) ids[i] = static_cast<int32_t>(rng.bits(i) % 4);
  return ids;
}

// The definition: merge the leftmost pair of the best rank until there is none.
std::vector<int32_t> merged_by_definition(const MergeTable& merges, std::vector<int32_t> ids) {
  while (true) {
    MergeTable::Merge best;
    size_t at = 0;
    for (size_t i = 0; i + 1 < ids.size(); ++i)
      if (const auto m = merges.find(ids[i], ids[i + 1]); m.rank < best.rank) {
        best = m;
        at = i;
      }
    if (best.rank == MergeTable::kNone) return ids;
    ids[at] = best.id;
    ids.erase(ids.begin() + static_cast<int64_t>(at) + 1);
  }
}

}  // namespace

TEST(MergeAll, words_of_every_length_merge_by_the_definition) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const MergeTable merges = random_merges(seed, 200);
    for (const size_t n : {0, 1, 2, 3, 7, 47, 48, 49, 120}) {
      std::vector<int32_t> ids = letters(seed, n);
      const auto expected = merged_by_definition(merges, ids);
      ids.insert(ids.begin(), {1, 2, 3});  // what stands before `from` is not touched

      merge_all(merges, ids, 3);

      ASSERT_EQ(std::vector<int32_t>(ids.begin() + 3, ids.end()), expected) << seed << " " << n;
      ASSERT_EQ(ids[2], 3);
    }
  }
}

TEST(MergeAll, ranges_join_with_their_ids_at_every_length) {
  const MergeTable merges = random_merges(7, 200);
  for (const size_t n : {0, 1, 2, 3, 7, 47, 48, 49, 120}) {
    Encoding tokens{letters(7, n), {}};
    for (size_t i = 0; i < n; ++i) tokens.ranges.push_back({i, i + 1});
    std::vector<int32_t> ids = tokens.ids;
    merge_all(merges, ids, 0);

    merge_all(merges, tokens, 0);

    ASSERT_EQ(tokens.ids, ids);
    ASSERT_EQ(tokens.ranges.size(), ids.size());
    for (size_t i = 0; i < ids.size(); ++i) {
      ASSERT_EQ(tokens.ranges[i].begin, i == 0 ? 0 : tokens.ranges[i - 1].end);
      std::vector<int32_t> alone = letters(7, n);
      alone = {alone.begin() + static_cast<int64_t>(tokens.ranges[i].begin),
               alone.begin() + static_cast<int64_t>(tokens.ranges[i].end)};
      ASSERT_EQ(merged_by_definition(merges, alone), std::vector<int32_t>{ids[i]});
    }
    ASSERT_EQ(n == 0 ? 0 : tokens.ranges.back().end, n);
  }
}

TEST(MergeAll, ten_million_letters_take_no_quadratic_time) {
  const MergeTable merges = random_merges(5, 2000);
  for (std::vector<int32_t> ids : {letters(5, 10'000'000), std::vector<int32_t>(10'000'000, 0)}) {
    const Stopwatch watch;

    merge_all(merges, ids, 0);

    EXPECT_LT(watch.seconds(), 60);  // some two seconds on an idle machine; quadratic time would be days
  }
}

}  // namespace fullshard::tokenize
