#include "fullshard/data/batch.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::data {

namespace {

constexpr int32_t x = kIgnored;

}  // namespace

TEST(MicroBatch, a_target_is_the_next_token_of_the_sample_if_that_is_trained) {
  MicroBatch b;

  const int64_t trains = b.append(std::vector<int32_t>{~4, ~0, 5, ~6, 7});

  EXPECT_EQ(b.ids, (std::vector<int32_t>{4, 0, 5, 6, 7}));
  EXPECT_EQ(b.targets, (std::vector<int32_t>{x, 5, x, 7, x}));
  EXPECT_EQ(trains, 2);
}

TEST(MicroBatch, the_first_token_of_a_sample_is_nobodys_target) {
  MicroBatch b;

  EXPECT_EQ(b.append(std::vector<int32_t>{4, 5}), 1);
  EXPECT_EQ(b.targets, (std::vector<int32_t>{5, x}));
}

TEST(MicroBatch, samples_lie_end_to_end_and_the_last_token_of_each_predicts_nothing) {
  MicroBatch b;

  b.append(std::vector<int32_t>{4, 5});
  b.append(std::vector<int32_t>{~6, ~7, ~8, 9});
  b.append(std::vector<int32_t>{~1, 2, 3});

  EXPECT_EQ(b.ids, (std::vector<int32_t>{4, 5, 6, 7, 8, 9, 1, 2, 3}));
  EXPECT_EQ(b.targets, (std::vector<int32_t>{5, x, x, x, 9, x, 2, 3, x}));
  EXPECT_EQ(b.starts, (std::vector<int32_t>{0, 2, 6, 9}));
  EXPECT_EQ(b.num_samples(), 3);
  EXPECT_EQ(b.num_tokens(), 9);
  EXPECT_EQ(b.trained, 4);
}

TEST(MicroBatch, a_new_one_is_empty_and_takes_no_sample_without_tokens) {
  MicroBatch b;

  EXPECT_EQ(b.num_samples(), 0);
  EXPECT_EQ(b.num_tokens(), 0);
  EXPECT_THROW(b.append({}), InternalError);
}

}  // namespace fullshard::data
