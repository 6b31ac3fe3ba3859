#include "comm/host_sum.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "fullshard/core/rng.hpp"

namespace fullshard::comm {

namespace {

using Rows = std::vector<std::vector<float>>;

Rows random_rows(int count, int64_t n) {
  Rows rows(static_cast<size_t>(count));
  for (size_t r = 0; r < rows.size(); ++r)
    for (int64_t i = 0; i < n; ++i)
      rows[r].push_back(static_cast<float>(CounterRng(3, r).normal(static_cast<uint64_t>(i))));
  return rows;
}

std::vector<const std::byte*> pointers(const Rows& rows) {
  std::vector<const std::byte*> all;
  for (const auto& row : rows) all.push_back(std::as_bytes(std::span(row)).data());
  return all;
}

/// The definition: halves of a tree padded to a power of two, absent leaves left out.
float sum_of_tree(const Rows& rows, size_t begin, size_t width, size_t i) {
  if (width == 1) return rows[begin][i];
  const float left = sum_of_tree(rows, begin, width / 2, i);
  if (begin + width / 2 >= rows.size()) return left;
  return left + sum_of_tree(rows, begin + width / 2, width / 2, i);
}

}  // namespace

TEST(TreeSum, has_the_bits_of_the_padded_tree_for_any_number_of_sources) {
  for (const int count : {1, 2, 3, 4, 5, 7, 8, 13})
    for (const int64_t n : {1, 1023, 1024, 5000}) {
      const Rows rows = random_rows(count, n);
      std::vector<float> sum(static_cast<size_t>(n), 7);

      tree_sum(device_span(std::span(sum)), pointers(rows), Accumulate::Overwrite);

      const size_t width = std::bit_ceil(rows.size());
      for (size_t i = 0; i < sum.size(); ++i)
        ASSERT_EQ(sum[i], sum_of_tree(rows, 0, width, i)) << count << " sources, element " << i;
    }
}

TEST(TreeSum, has_them_too_where_it_is_larger_than_a_cache) {
  for (const int count : {2, 3}) {
    const int64_t n = (int64_t{16} << 20) / count / 4 + 5;
    const Rows rows = random_rows(count, n);
    std::vector<float> sum(static_cast<size_t>(n));

    tree_sum(device_span(std::span(sum)), pointers(rows), Accumulate::Overwrite);

    for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], sum_of_tree(rows, 0, 4, i)) << "element " << i;
  }
}

TEST(TreeSum, adds_onto_what_is_there) {
  const Rows rows = random_rows(3, 100);
  std::vector<float> sum(100, 0.5f);

  tree_sum(device_span(std::span(sum)), pointers(rows), Accumulate::Add);

  for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], 0.5f + ((rows[0][i] + rows[1][i]) + rows[2][i]));
}

TEST(TreeSum, may_overwrite_one_of_its_sources) {
  for (const int count : {1, 2, 3, 5})
    for (int target = 0; target < count; ++target) {
      Rows rows = random_rows(count, 3000);
      const Rows before = rows;
      auto& own = rows[static_cast<size_t>(target)];

      tree_sum(device_span(std::span(own)), pointers(rows), Accumulate::Overwrite);

      for (size_t i = 0; i < own.size(); ++i)
        ASSERT_EQ(own[i], sum_of_tree(before, 0, std::bit_ceil(before.size()), i))
            << count << " into " << target;
    }
}

}  // namespace fullshard::comm
