#include "fullshard/data/packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "fullshard/core/error.hpp"
#include "fullshard/core/rng.hpp"

namespace fullshard::data {

namespace {

std::vector<int32_t> random_lengths(int64_t count, int64_t longest, uint64_t seed) {
  const CounterRng rng(seed, 0);
  std::vector<int32_t> lengths(static_cast<size_t>(count));
  for (size_t i = 0; i < lengths.size(); ++i)
    lengths[i] = static_cast<int32_t>(1 + rng.bits(i) % static_cast<uint64_t>(longest));
  return lengths;
}

int64_t tokens_of(const Rows& rows, int64_t row, const std::vector<int32_t>& lengths) {
  int64_t sum = 0;
  for (const uint32_t i : rows[row]) sum += lengths[i];
  return sum;
}

double fill(const Rows& rows, const std::vector<int32_t>& lengths, int64_t capacity) {
  const auto tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  return static_cast<double>(tokens) / static_cast<double>(rows.count() * capacity);
}

/// The definition, slowly: the longest first, each into the row that it leaves least room in.
int64_t rows_by_definition(std::vector<int32_t> lengths, int64_t capacity) {
  std::stable_sort(lengths.begin(), lengths.end(), std::greater<>());
  std::vector<int64_t> rooms;
  for (const int32_t length : lengths) {
    auto best = rooms.end();
    for (auto room = rooms.begin(); room != rooms.end(); ++room)
      if (*room >= length && (best == rooms.end() || *room < *best)) best = room;
    if (best == rooms.end()) best = rooms.insert(rooms.end(), capacity);
    *best -= length;
  }
  return static_cast<int64_t>(rooms.size());
}

}  // namespace

TEST(Packing, every_sample_is_in_exactly_one_row_and_no_row_is_above_capacity) {
  for (const int64_t capacity : {1, 2, 63, 64, 65, 300, 4096, 5000})
    for (const int64_t count : {0, 1, 2, 100, 3000}) {
      const auto lengths = random_lengths(count, capacity, static_cast<uint64_t>(capacity + count));

      const Rows rows = pack(lengths, capacity);

      std::vector<uint32_t> all(lengths.size());
      std::iota(all.begin(), all.end(), 0u);
      auto found = rows.samples;
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, all) << capacity << " " << count;
      EXPECT_TRUE(rows.row_ends.empty() ? count == 0 : rows.row_ends.back() == count);
      for (int64_t r = 0; r < rows.count(); ++r) {
        EXPECT_FALSE(rows[r].empty());
        EXPECT_LE(tokens_of(rows, r, lengths), capacity);
      }
    }
}

TEST(Packing, takes_as_many_rows_as_best_fit_decreasing_by_definition) {
  for (const int64_t capacity : {7, 64, 200, 4097})
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const auto lengths = random_lengths(500, capacity, seed);

      EXPECT_EQ(pack(lengths, capacity).count(), rows_by_definition(lengths, capacity));
    }
}

TEST(Packing, rows_stand_in_the_order_of_their_first_samples_and_samples_rise_in_a_row) {
  const auto lengths = random_lengths(1000, 100, 3);

  const Rows rows = pack(lengths, 256);

  for (int64_t r = 0; r < rows.count(); ++r) {
    EXPECT_TRUE(std::is_sorted(rows[r].begin(), rows[r].end()));
    if (r > 0) {
      EXPECT_LT(rows[r - 1].front(), rows[r].front());
    }
  }
}

TEST(Packing, equal_lengths_fill_rows_in_order) {
  const Rows rows = pack(std::vector<int32_t>(6, 3), 6);

  EXPECT_EQ(rows.samples, (std::vector<uint32_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(rows.row_ends, (std::vector<uint32_t>{2, 4, 6}));
}

TEST(Packing, a_sample_that_fits_into_no_row_is_refused) {
  EXPECT_THROW(pack(std::vector<int32_t>{5, 9}, 8), InternalError);
  EXPECT_THROW(pack(std::vector<int32_t>{5, 0}, 8), InternalError);
}

// The 0th to 32nd of 32 parts of the lengths of GSM8K's 7,473 training samples (question, answer and end of
// text in Qwen3's tokens), and lengths drawn evenly between them.
TEST(Packing, rows_of_2048_are_99_percent_full_of_samples_as_long_as_those_of_gsm8k) {
  constexpr std::array kParts = {65,  91,  99,  106, 112, 117, 123, 127, 132, 136, 141,
                                 146, 151, 155, 160, 164, 169, 175, 180, 186, 192, 199,
                                 206, 212, 220, 228, 237, 248, 262, 279, 303, 335, 537};
  const CounterRng rng(5, 0);
  std::vector<int32_t> lengths;
  for (uint64_t i = 0; i < 7473; ++i) {
    const double at = rng.uniform(i) * (kParts.size() - 1);
    const auto part = static_cast<size_t>(at);
    lengths.push_back(static_cast<int32_t>(kParts[part] + (at - static_cast<double>(part)) *
                                                              (kParts[part + 1] - kParts[part])));
  }

  const Rows rows = pack(lengths, 2048);

  EXPECT_GE(fill(rows, lengths, 2048), 0.99);
}

}  // namespace fullshard::data
