#include "fullshard/kernels/matrix.hpp"

#include <gtest/gtest.h>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

TEST(Matrix, column_sums_are_added_and_do_not_depend_on_how_columns_are_split) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t kRows = 37, kStride = 2100;
    const auto x = randoms<T>(kRows * kStride, 1);
    for (const int64_t n : kSizes) {
      std::vector<Acc<T>> sum(at(n), 1), split(at(n), 1);
      const ColumnSum<T> p{.rows = kRows, .stride = kStride, .x = x.data(), .sum = sum.data()};
      ColumnSum<T> q = p;
      q.sum = split.data();

      k.column_sum(p, {0, n});
      k.column_sum(q, {0, n / 3});
      k.column_sum(q, {n / 3, n});

      EXPECT_EQ(sum, split);
      for (int64_t c = 0; c < n; ++c) {
        double expected = 1, size = 1;
        for (int64_t r = 0; r < kRows; ++r) expected += value(x[at(r * kStride + c)]);
        for (int64_t r = 0; r < kRows; ++r) size += std::fabs(value(x[at(r * kStride + c)]));
        // at most 16 additions in a block and 3 of blocks
        ASSERT_NEAR(value(sum[at(c)]), expected, size * 19 * unit_roundoff<Acc<T>>());
      }
    }
  });
}

TEST(Matrix, gather_then_scatter_counts_how_often_each_row_was_used) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 17, kVocabulary = 5;
    const auto table = randoms<T>(kVocabulary * n, 1);
    const std::vector<int32_t> id{3, 0, 3, 4, 3};
    std::vector<T> out(id.size() * n);
    std::vector<Acc<T>> gradient(table.size());

    k.embedding_gather({.columns = n, .table = table.data(), .id = id.data(), .out = out.data()}, {0, 5});
    k.embedding_scatter_add(
        {.rows = 5, .columns = n, .gradient = out.data(), .id = id.data(), .table_gradient = gradient.data()},
        {0, 6});
    k.embedding_scatter_add(
        {.rows = 5, .columns = n, .gradient = out.data(), .id = id.data(), .table_gradient = gradient.data()},
        {6, n});

    const std::vector<int> uses{1, 0, 0, 3, 1};
    for (int64_t v = 0; v < kVocabulary; ++v) {
      for (int64_t c = 0; c < n; ++c) {
        const double x = value(table[at(v * n + c)]);
        ASSERT_NEAR(value(gradient[at(v * n + c)]), uses[at(v)] * x,
                    3 * std::fabs(x) * unit_roundoff<Acc<T>>());
      }
    }
  });
}

TEST(ScaledAdd, adds_the_factor_times_each_element) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) {
      const auto src = randoms<T>(n, 1);
      std::vector<Acc<T>> dst(at(n), 1);

      k.scaled_add(src, dst, Acc<T>{0.25});  // the product is exact

      for (int64_t i = 0; i < n; ++i)
        ASSERT_NEAR(static_cast<double>(dst[at(i)]), 1 + 0.25 * value(src[at(i)]),
                    1.25 * unit_roundoff<Acc<T>>());
    }
  });
}

TEST(SumOfSquares, each_block_is_summed_in_fp64) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n :
         {int64_t{1}, int64_t{7}, int64_t{2047}, int64_t{2048}, int64_t{2049}, int64_t{5001}}) {
      const auto x = randoms<T>(n, 1);
      std::vector<double> partials(at(ceil_div(n, kBlock)));

      k.sum_of_squares(x, partials);

      for (int64_t b = 0; b * kBlock < n; ++b) {
        double expected = 0;
        for (int64_t i = b * kBlock; i < std::min(n, (b + 1) * kBlock); ++i)
          expected += value(x[at(i)]) * value(x[at(i)]);
        ASSERT_NEAR(partials[at(b)], expected, expected * 2048 * 0x1p-53);
      }
    }
  });
}

TEST(SumOfSquares, fused_with_an_addition_gives_the_bits_of_the_two_apart) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 4999;
    const auto src = randoms<T>(n, 1);
    auto fused = randoms<Acc<T>>(n, 2), apart = fused;
    std::vector<double> fused_partials(3), partials(3);

    k.add_sum_of_squares(src, fused, fused_partials);
    k.scaled_add(src, apart, Acc<T>{1});
    kernel_table().of<Acc<T>>().sum_of_squares(apart, partials);

    EXPECT_EQ(fused, apart);
    EXPECT_EQ(fused_partials, partials);
  });
}

TEST(SumOfSquares, depends_neither_on_alignment_nor_on_cuts_at_blocks) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 3 * kBlock;
    const auto x = randoms<T>(n, 1);
    std::vector<T> shifted(x.size() + 1);
    std::copy(x.begin(), x.end(), shifted.begin() + 1);
    std::vector<double> whole(3), cut(3);

    k.sum_of_squares(x, whole);
    const std::span<const T> moved(shifted);
    k.sum_of_squares(moved.subspan(1, kBlock), std::span(cut).first(1));
    k.sum_of_squares(moved.subspan(1 + kBlock, 2 * kBlock), std::span(cut).last(2));

    EXPECT_EQ(whole, cut);
  });
}

}  // namespace fullshard::kernels
