#pragma once
// Copies of bf16 matrices in the order in which a processor with matrix tiles reads them.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// Both dimensions of a packed copy are padded with zeros up to a multiple of this.
inline constexpr int64_t kTile = 32;

/// src [rows, columns] in another order:
///   pack_transposed    dst[c, r] = src[r, c]
///   pack_row_pairs     dst[r / 2, c, r % 2] = src[r, c]: neighbours of a column side by side
///   pack_column_pairs  dst[c / 2, r, c % 2] = src[r, c]: the same of the transposed matrix
struct Pack {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;  ///< elements between rows of src
  const BF16* src = nullptr;
  BF16* dst = nullptr;
  int64_t dst_stride = 0;  ///< elements between rows of dst (a row of pairs has two for each)
};

}  // namespace fullshard::kernels
