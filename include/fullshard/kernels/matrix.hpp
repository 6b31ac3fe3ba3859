#pragma once
// Sums over rows, and rows picked or added by index.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// sum[c] += Σ_r x[r, c]: the gradient of a bias. The range counts columns.
///
/// Order  rows in blocks of 16 from row 0, whatever the range: columns may be split at will
template <class T>
struct ColumnSum {
  int64_t rows = 0;
  int64_t stride = 0;  ///< elements between rows
  const T* x = nullptr;
  Acc<T>* sum = nullptr;
};

/// out[i, :] = table[id[i], :]. The range counts rows of out.
template <class T>
struct EmbeddingGather {
  int64_t columns = 0;
  const T* table = nullptr;
  const int32_t* id = nullptr;  ///< each a row of the table
  T* out = nullptr;
};

/// table_gradient[id[i], :] += gradient[i, :] in the order of i. The range counts columns, so that splitting
/// it changes neither order nor bits.
template <class T>
struct EmbeddingScatterAdd {
  int64_t rows = 0;
  int64_t columns = 0;
  const T* gradient = nullptr;
  const int32_t* id = nullptr;
  Acc<T>* table_gradient = nullptr;
};

}  // namespace fullshard::kernels
