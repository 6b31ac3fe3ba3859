#include "model/tile_gemm.hpp"

#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "fullshard/core/sizes.hpp"
#include "fullshard/kernels/kernel_table.hpp"
#include "fullshard/model/gemm.hpp"
#include "fullshard/tensor/parallel.hpp"
#include "model/typed.hpp"

// Blocks as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008): a panel of
// b is packed once into the second-level cache and meets one block of rows of a after the other. The product
// of one block is LibTorch's own (oneDNN's), which sums in fp32 along all of the depth.

namespace fullshard::model {

namespace {

using at::Tensor;
using kernels::kTile;

constexpr int64_t kRows = 128, kColumns = 64;  // of one block of c
constexpr int64_t kDepth = 512, kPanel = 512;  // of one packed panel of b, in slabs of kColumns

int64_t padded(int64_t n) {
  return round_up(n, kTile);
}

/// A factor as it is used: [rows, columns], in memory row by row or, transposed, column by column.
struct Factor {
  explicit Factor(const Tensor& t) : transposed(t.stride(1) != 1 && t.size(1) != 1), memory(data<BF16>(t)) {
    FS_CHECK(!transposed || t.stride(0) == 1 || t.size(0) == 1, "matrix with strides {}, {}", t.stride(0),
             t.stride(1));
    stride = transposed ? t.stride(1) : t.stride(0);
  }
  const BF16* at(int64_t row, int64_t column) const {
    return memory + (transposed ? column * stride + row : row * stride + column);
  }
  bool transposed;
  const BF16* memory;
  int64_t stride;
};

struct Span {
  int64_t first, count;
};

Span piece(int64_t total, int64_t first, int64_t largest) {
  return {first, std::min(largest, total - first)};
}

/// One thread's packed pieces and, where c cannot take them directly, its sums, in one allocation.
class Workspace {
 public:
  Workspace(const Tensor& a, int64_t columns, int64_t sum_rows) {
    const int64_t depth = padded(std::min(a.size(1), kDepth));
    const int64_t rows = padded(std::min(a.size(0), kRows)) * depth,
                  panel = padded(std::min(columns, kPanel)) * depth;
    memory_ = at::empty({rows + panel + 2 * sum_rows * kPanel}, a.options());  // a sum is as large as two
    rows_ = data<BF16>(memory_);
    panel_ = rows_ + rows;
    sums_ = static_cast<void*>(panel_ + panel);
  }

  BF16* slab(Span depth, int64_t first_column) const { return panel_ + first_column * padded(depth.count); }

  void pack_panel(const Factor& b, Span depth, Span columns) const {
    for (int64_t j = 0; j < columns.count; j += kColumns) {
      const int64_t n = piece(columns.count, j, kColumns).count;
      const kernels::Pack p{.rows = b.transposed ? n : depth.count,
                            .columns = b.transposed ? depth.count : n,
                            .stride = b.stride,
                            .src = b.at(depth.first, columns.first + j),
                            .dst = slab(depth, j),
                            .dst_stride = 2 * padded(n)};
      b.transposed ? kernels::kernel_table().pack_column_pairs(p) : kernels::kernel_table().pack_row_pairs(p);
    }
  }

  /// Rows of a with their whole depth, each `stride` elements after the other.
  std::pair<const BF16*, int64_t> rows_of(const Factor& a, Span rows, Span depth) const {
    const BF16* src = a.at(rows.first, depth.first);
    const int64_t width = padded(depth.count);
    if (a.transposed) {
      kernels::kernel_table().pack_transposed({.rows = depth.count,
                                               .columns = rows.count,
                                               .stride = a.stride,
                                               .src = src,
                                               .dst = rows_,
                                               .dst_stride = width});
      return {rows_, width};
    }
    if (padded(rows.count) == rows.count && width == depth.count) return {src, a.stride};
    std::fill_n(rows_, padded(rows.count) * width, BF16{});
    for (int64_t r = 0; r < rows.count; ++r) std::copy_n(src + r * a.stride, depth.count, rows_ + r * width);
    return {rows_, width};
  }

  float* sums() const { return static_cast<float*>(sums_); }

 private:
  Tensor memory_;
  BF16 *rows_, *panel_;
  void* sums_;
};

void multiply_block(const std::pair<const BF16*, int64_t>& a, const BF16* b, Span rows, Span columns,
                    Span depth, float* c, int64_t c_stride, bool add) {
  static_assert(sizeof(BF16) == sizeof(at::BFloat16));
  const int64_t width = padded(columns.count);
  at::native::cpublas::brgemm(padded(rows.count), width, padded(depth.count), a.second, width, c_stride, add,
                              reinterpret_cast<const at::BFloat16*>(a.first),
                              reinterpret_cast<const at::BFloat16*>(b), c, /*is_vnni=*/true);
}

void take_sums(const Tensor& c, const float* sums, Span columns, Accumulate mode) {
  const auto& kernels = kernels::kernel_table();
  const auto n = static_cast<size_t>(columns.count);
  for (int64_t r = 0; r < c.size(0); ++r) {
    const std::span<const float> from(sums + r * kPanel, n);
    const int64_t at = r * c.stride(0) + columns.first;
    if (c.scalar_type() == at::kBFloat16)
      kernels.f32.to_bf16(from, {data<BF16>(c) + at, n});
    else if (mode == Accumulate::Overwrite)
      kernels.f32.to_float(from, {data<float>(c) + at, n});
    else
      kernels.f32.scaled_add(from, {data<float>(c) + at, n}, 1.0f);
  }
}

/// `direct`: c takes the sums of blocks as they come, a workspace does not gather them.
void multiply(const Tensor& c, const Tensor& a, const Tensor& b, Accumulate mode, bool direct) {
  const int64_t M = c.size(0), N = c.size(1), K = a.size(1);
  const Factor left(a), right(b);
  const Workspace work(a, N, direct ? 0 : padded(M));
  for (int64_t first_column = 0; first_column < N; first_column += kPanel) {
    const Span columns = piece(N, first_column, kPanel);
    float* sums = direct ? data<float>(c) + first_column : work.sums();
    const int64_t stride = direct ? c.stride(0) : kPanel;
    for (int64_t k = 0; k < K; k += kDepth) {
      const Span depth = piece(K, k, kDepth);
      const bool add = k > 0 || (direct && mode == Accumulate::Add);
      work.pack_panel(right, depth, columns);
      for (int64_t r = 0; r < M; r += kRows) {
        const Span rows = piece(M, r, kRows);
        const auto block = work.rows_of(left, rows, depth);
        for (int64_t j = 0; j < columns.count; j += kColumns)
          multiply_block(block, work.slab(depth, j), rows, piece(columns.count, j, kColumns), depth,
                         sums + r * stride + j, stride, add);
      }
    }
    if (!direct) take_sums(c, sums, columns, mode);
  }
  at::native::cpublas::brgemm_release();  // the tile registers' shape is LibTorch's other kernels' again
}

}  // namespace

bool has_tiles() {
  static const bool has = at::native::cpublas::could_pack(at::kBFloat16);
  return has;
}

// Threads divide the longer side: each packs what it needs of the other.
void tile_gemm(const Tensor& c, const Tensor& a, const Tensor& b, Accumulate mode) {
  const bool direct =
      c.scalar_type() == at::kFloat && padded(c.size(0)) == c.size(0) && padded(c.size(1)) == c.size(1);
  const bool by_rows = c.size(0) >= c.size(1);
  const int64_t grain = by_rows ? kRows : kPanel, parts = ceil_div(by_rows ? c.size(0) : c.size(1), grain);
  tensor::parallel_for(parts, 1, [&](int64_t begin, int64_t end) {
    if (end - begin == parts) return multiply(c, a, b, mode, direct);
    const int64_t first = begin * grain, count = std::min(end * grain, c.size(by_rows ? 0 : 1)) - first;
    if (by_rows)
      multiply(c.narrow(0, first, count), a.narrow(0, first, count), b, mode, direct);
    else
      multiply(c.narrow(1, first, count), a, b.narrow(1, first, count), mode, direct);
  });
}

}  // namespace fullshard::model
