#include "mpi/text_offsets.hpp"

#include <gtest/gtest.h>

namespace fullshard::mpi {
namespace {

TEST(TextOffsets, each_text_begins_where_the_one_before_ends) {
  EXPECT_EQ(text_offsets(std::vector<int64_t>{3, 0, 5}), (std::vector<int>{0, 3, 3, 8}));
}

TEST(TextOffsets, as_many_bytes_as_an_int_counts_and_no_more) {
  const int64_t half = int64_t{1} << 30;

  EXPECT_EQ(text_offsets(std::vector<int64_t>{half, half - 1}).back(), 2147483647);
  EXPECT_THROW(text_offsets(std::vector<int64_t>{half, half}), InternalError);
  EXPECT_THROW(text_offsets(std::vector<int64_t>{3 * half, 3 * half}), InternalError);
}

}  // namespace
}  // namespace fullshard::mpi
