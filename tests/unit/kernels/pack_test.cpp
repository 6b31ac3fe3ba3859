#include "fullshard/kernels/pack.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "fullshard/core/sizes.hpp"
#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

struct Shape {
  int64_t rows, columns;
};

// Whole tiles, less than one, a little more.
constexpr Shape kShapes[] = {{32, 32}, {64, 96}, {1, 1}, {31, 5}, {33, 64}, {32, 47}, {70, 33}};
constexpr int64_t kStride = 101;

using Packer = void (*)(const Pack&);

// Packs [rows, columns] and compares with `place`: where dst holds (row, column). What is left is zero.
void expect_packed(Packer pack, Shape s, int64_t dst_rows, int64_t dst_stride,
                   const std::function<int64_t(int64_t, int64_t)>& place) {
  SCOPED_TRACE(testing::Message() << s.rows << " x " << s.columns);
  const auto src = randoms<BF16>(s.rows * kStride, 1);
  const BF16 untouched = to_bf16(7.0f);
  std::vector<BF16> dst(at(dst_rows * dst_stride + 1), untouched), expected(dst);
  std::fill(expected.begin(), expected.end() - 1, BF16{});
  for (int64_t r = 0; r < s.rows; ++r)
    for (int64_t c = 0; c < s.columns; ++c) expected[at(place(r, c))] = src[at(r * kStride + c)];

  pack({.rows = s.rows,
        .columns = s.columns,
        .stride = kStride,
        .src = src.data(),
        .dst = dst.data(),
        .dst_stride = dst_stride});

  for (size_t i = 0; i < dst.size(); ++i) ASSERT_EQ(value(dst[i]), value(expected[i])) << "element " << i;
}

void for_all_sets(const std::function<void(const KernelTable&, Shape)>& f) {
  for (const InstructionSet set : available_instruction_sets())
    for (const Shape s : kShapes) {
      SCOPED_TRACE(name_of(set));
      f(kernel_table(set), s);
    }
}

int64_t tiles(int64_t n) {
  return round_up(n, kTile);
}

}  // namespace

TEST(Pack, transposed_has_a_row_for_each_column) {
  for_all_sets([](const KernelTable& k, Shape s) {
    const int64_t stride = tiles(s.rows);
    expect_packed(k.pack_transposed, s, tiles(s.columns), stride,
                  [=](int64_t r, int64_t c) { return c * stride + r; });
  });
}

TEST(Pack, row_pairs_put_two_rows_side_by_side) {
  for_all_sets([](const KernelTable& k, Shape s) {
    const int64_t stride = 2 * tiles(s.columns);
    expect_packed(k.pack_row_pairs, s, tiles(s.rows) / 2, stride,
                  [=](int64_t r, int64_t c) { return r / 2 * stride + 2 * c + r % 2; });
  });
}

TEST(Pack, column_pairs_are_row_pairs_of_the_transposed_matrix) {
  for_all_sets([](const KernelTable& k, Shape s) {
    const int64_t stride = 2 * tiles(s.rows);
    expect_packed(k.pack_column_pairs, s, tiles(s.columns) / 2, stride,
                  [=](int64_t r, int64_t c) { return c / 2 * stride + 2 * r + c % 2; });
  });
}

}  // namespace fullshard::kernels
