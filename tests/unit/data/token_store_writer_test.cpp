#include "fullshard/data/token_store_writer.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "fullshard/core/rng.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::data {
namespace {

using Words = std::vector<int32_t>;

/// Documents of these lengths with words 0, 1, 2, … over all of them.
TokenRun documents(const std::vector<int64_t>& lengths, int32_t first_word) {
  TokenRun run{.words = {}, .lengths = lengths, .documents = {}};
  run.words.resize(static_cast<size_t>(std::accumulate(lengths.begin(), lengths.end(), int64_t{0})));
  std::iota(run.words.begin(), run.words.end(), first_word);
  run.documents.resize(lengths.size());
  std::iota(run.documents.begin(), run.documents.end(), 0);
  return run;
}

struct CutTest : testing::Test {
  test::TempDir dir;

  /// Runs of documents, dealt to two writers in turn, cut to `cut` words.
  TokenStore store_of(const std::vector<std::vector<int64_t>>& runs, int64_t cut) const {
    TokenStoreWriter writers[] = {TokenStoreWriter(dir / "partial", cut),
                                  TokenStoreWriter(dir / "partial", cut)};
    RunPlace place;
    for (size_t i = 0; i < runs.size(); ++i) {
      const TokenRun run = documents(runs[i], static_cast<int32_t>(place.token));
      writers[i % 2].add(run, place);
      place.token += static_cast<int64_t>(run.words.size());
      place.document += static_cast<int64_t>(runs[i].size());
    }
    std::vector<SampleFragment> all;
    for (const auto& w : writers) all.insert(all.end(), w.fragments().begin(), w.fragments().end());
    if (place.token % cut == 1) --place.token;
    const StoreHeader header{.key = {},
                             .num_samples = ceil_div(place.token, cut),
                             .num_tokens = place.token,
                             .ledger = {},
                             .about = "{}"};
    Digest index;
    for (auto& w : writers) {
      w.complete(all, place.token);
      index += w.write_index(header.num_samples, header.num_tokens);
    }
    writers[0].seal(header, index, dir / "store");
    return TokenStore::open(dir / "store");
  }
};

TEST(TokenStoreWriter, equal_digests_are_in_one_part_and_each_is_in_some) {
  const test::TempDir dir;
  TokenStoreWriter writer(dir / "partial");
  const std::vector<int64_t> lengths(100, 3);
  writer.add(documents(lengths, 0), {});
  writer.add(documents(lengths, 0), {.token = 300, .sample = 100, .document = 100});

  size_t all = 0;
  for (uint64_t part = 0; part < 7; ++part) {
    const auto found = writer.digests(part, 7);
    EXPECT_EQ(count_duplicates(found), std::ssize(found) / 2);
    all += found.size();
  }
  EXPECT_EQ(all, 200u);
}

TEST_F(CutTest, samples_that_train_nothing_are_counted_by_whoever_has_their_beginning) {
  // Cut to 3: |1 ~2 ~3|~4 ~5 6|7 ~8 ~9|~10: of the first and third only a word that nothing predicts is
  // trained.
  TokenRun first{{1, ~2, ~3, ~4}, {4}, {0}}, second{{~5, 6, 7, ~8, ~9, ~10}, {6}, {0}};
  TokenStoreWriter one(dir / "partial", 3), two(dir / "partial", 3);
  one.add(first, {});
  two.add(second, {.token = 4, .sample = 1, .document = 1});
  std::vector<SampleFragment> all = one.fragments();
  all.insert(all.end(), two.fragments().begin(), two.fragments().end());
  one.complete(all, 9);
  two.complete(all, 9);
  EXPECT_EQ(one.untrained(), 1);
  EXPECT_EQ(two.untrained(), 1);
}

TEST_F(CutTest, samples_are_cut_from_all_runs_end_to_end) {
  const TokenStore store = store_of({{3, 2}, {1}, {4, 4}}, 4);

  ASSERT_EQ(store.size(), 4);
  Words all;
  for (int64_t i = 0; i < 4; ++i) store.read(i, all);  // checks the digests, too
  Words expected(14);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
  EXPECT_EQ(store.length(3), 2);
  // Documents begin at 0, 3, 5, 6, 10; samples at 0, 4, 8, 12.
  EXPECT_EQ(store.document(0), 0);
  EXPECT_EQ(store.document(1), 1);
  EXPECT_EQ(store.document(2), 3);
  EXPECT_EQ(store.document(3), 4);
}

TEST_F(CutTest, a_last_sample_of_one_token_is_none) {
  const TokenStore store = store_of({{3, 2}, {4}}, 4);
  EXPECT_EQ(store.size(), 2);
  EXPECT_EQ(store.header().num_tokens, 8);
}

TEST_F(CutTest, any_runs_give_the_same_samples) {
  for (uint64_t trial = 0; trial < 50; ++trial) {
    const CounterRng rng(7, trial);
    const auto cut = static_cast<int64_t>(2 + rng.bits(0) % 9);
    std::vector<std::vector<int64_t>> runs(1 + rng.bits(1) % 6);
    uint64_t at = 2;
    int64_t total = 0;
    for (auto& run : runs) {
      run.resize(rng.bits(at++) % 4);
      for (auto& length : run) total += length = static_cast<int64_t>(1 + rng.bits(at++) % 15);
    }
    if (total < 2) continue;
    const TokenStore store = store_of(runs, cut);
    Words all;
    for (int64_t i = 0; i < store.size(); ++i) {
      EXPECT_EQ(store.length(i), std::min(cut, total - i * cut)) << trial;
      store.read(i, all);
    }
    for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], static_cast<int32_t>(i)) << trial;
    EXPECT_EQ(static_cast<int64_t>(all.size()), total - (total % cut == 1 ? 1 : 0)) << trial;
  }
}

}  // namespace
}  // namespace fullshard::data
