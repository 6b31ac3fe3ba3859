#include "fullshard/model/segments.hpp"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::model {

TEST(Segments, know_their_sequences_and_each_tokens_place) {
  const Segments s(std::vector<int32_t>{0, 3, 5, 9});

  EXPECT_EQ(s.count(), 3);
  EXPECT_EQ(s.tokens(), 9);
  EXPECT_EQ(s.first(2), 5);
  EXPECT_EQ(s.length(1), 2);
  EXPECT_EQ(s.longest(), 4);
  EXPECT_TRUE(s.positions().equal(at::tensor({0, 1, 2, 0, 1, 0, 1, 2, 3}, at::kInt)));
  EXPECT_TRUE(s.on_device().equal(at::tensor({0, 3, 5, 9}, at::kInt)));
}

TEST(Segments, of_one_length) {
  EXPECT_TRUE(Segments::alike(3, 2).on_device().equal(at::tensor({0, 2, 4, 6}, at::kInt)));
}

TEST(Segments, starts_that_do_not_rise_from_zero_are_refused) {
  EXPECT_THROW(Segments(std::vector<int32_t>{}), InternalError);
  EXPECT_THROW(Segments(std::vector<int32_t>{0}), InternalError);
  EXPECT_THROW(Segments(std::vector<int32_t>{1, 2}), InternalError);
  EXPECT_THROW(Segments(std::vector<int32_t>{0, 2, 2}), InternalError);
}

}  // namespace fullshard::model
