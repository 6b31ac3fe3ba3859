#pragma once
// Blocks of 32 × 32 bf16, in registers as 16 vectors of 16 pairs.

#include "fullshard/kernels/pack.hpp"
#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {
namespace {

using Pairs [[gnu::vector_size(64)]] = uint32_t;
constexpr int64_t kPairs = 16;

/// A whole block of src, or a copy of what there is of it amid zeros.
struct Block {
  Block(const Pack& p, int64_t row, int64_t column)
      : first(p.src + row * p.stride + column), stride(p.stride) {
    const int64_t rows = p.rows - row, columns = p.columns - column;
    if (rows >= kTile && columns >= kTile) return;
    __builtin_memset(padded, 0, sizeof(padded));
    for (int64_t i = 0; i < kTile && i < rows; ++i)
      copy_bytes(padded + i * kTile, at(i, 0), 2 * (columns < kTile ? columns : kTile));
    first = padded;
    stride = kTile;
  }
  FS_INLINE const void* at(int64_t row, int64_t column) const {
    return static_cast<const uint16_t*>(first) + row * stride + column;
  }
  FS_INLINE void row(int64_t i, Pairs& out) const { copy_bytes(&out, at(i, 0), sizeof(out)); }

  uint16_t padded[kTile * kTile];
  const void* first;
  int64_t stride;
};

template <class F>
FS_INLINE void for_each_block(const Pack& p, const F& f) {
  for (int64_t r = 0; r < p.rows; r += kTile)
    for (int64_t c = 0; c < p.columns; c += kTile) f(Block(p, r, c), r, c);
}

/// dst[j, i] = in[i][j]; `stride` counts pairs between rows of dst.
FS_INLINE void store_transposed(const Pairs (&in)[kPairs], BF16* dst, int64_t stride) {
  Pairs two[kPairs], four[kPairs];  // as many rows of one column side by side
  for (int i = 0; i < 16; i += 2) {
    two[i] =
        __builtin_shufflevector(in[i], in[i + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    two[i + 1] =
        __builtin_shufflevector(in[i], in[i + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  for (int i = 0; i < 16; i += 4)
    for (int k = 0; k < 2; ++k) {
      four[i + 2 * k] = __builtin_shufflevector(two[i + k], two[i + k + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9,
                                                24, 25, 12, 13, 28, 29);
      four[i + 2 * k + 1] = __builtin_shufflevector(two[i + k], two[i + k + 2], 2, 3, 18, 19, 6, 7, 22, 23,
                                                    10, 11, 26, 27, 14, 15, 30, 31);
    }
  const auto store = [&](int64_t j, const Pairs& v) { copy_bytes(dst + 2 * j * stride, &v, sizeof(v)); };
  for (int j = 0; j < 4; ++j) {  // four[4g + j] has column j + 4q of rows 4g … 4g + 3 in its quarter q
    const Pairs a = four[j], b = four[4 + j], c = four[8 + j], d = four[12 + j];
    const Pairs ab = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    const Pairs AB =
        __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    const Pairs cd = __builtin_shufflevector(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    const Pairs CD =
        __builtin_shufflevector(c, d, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    store(j, __builtin_shufflevector(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    store(j + 4, __builtin_shufflevector(AB, CD, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    store(j + 8,
          __builtin_shufflevector(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    store(j + 12,
          __builtin_shufflevector(AB, CD, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  }
}

void pack_transposed(const Pack& p) {
  for_each_block(p, [&](const Block& block, int64_t r, int64_t c) {
    Pairs even[kPairs], odd[kPairs];  // of the columns; a pair is two rows
    for (int64_t i = 0; i < kPairs; ++i) {
      Pairs a, b;
      block.row(2 * i, a);
      block.row(2 * i + 1, b);
      even[i] = (a & 0xffffu) | (b << 16);
      odd[i] = (a >> 16) | (b & 0xffff0000u);
    }
    BF16* dst = p.dst + c * p.dst_stride + r;
    store_transposed(even, dst, p.dst_stride);  // every second row of dst
    store_transposed(odd, dst + p.dst_stride, p.dst_stride);
  });
}

void pack_row_pairs(const Pack& p) {
  using Half [[gnu::vector_size(32)]] = uint16_t;
  for_each_block(p, [&](const Block& block, int64_t r, int64_t c) {
    for (int64_t i = 0; i < kTile; i += 2)
      for (int64_t half = 0; half < 2; ++half) {
        Half a, b;
        copy_bytes(&a, block.at(i, half * kPairs), sizeof(a));
        copy_bytes(&b, block.at(i + 1, half * kPairs), sizeof(b));
        const Pairs zipped = __builtin_convertvector(a, Pairs) | (__builtin_convertvector(b, Pairs) << 16);
        copy_bytes(p.dst + (r + i) / 2 * p.dst_stride + 2 * (c + half * kPairs), &zipped, sizeof(zipped));
      }
  });
}

void pack_column_pairs(const Pack& p) {
  for_each_block(p, [&](const Block& block, int64_t r, int64_t c) {
    for (int64_t half = 0; half < 2; ++half) {
      Pairs in[kPairs];
      for (int64_t i = 0; i < kPairs; ++i) block.row(half * kPairs + i, in[i]);
      store_transposed(in, p.dst + c / 2 * p.dst_stride + 2 * (r + half * kPairs), p.dst_stride / 2);
    }
  });
}

}  // namespace
}  // namespace fullshard::kernels
