#pragma once
// What all kernels share.
//
// Element types are T = float, double, BF16; arithmetic and accumulation happen in Acc<T> (float for BF16). A
// kernel processes a Range of rows or elements, so that callers may split work; nothing here starts threads.
//
// Bits: the same element gives the same bits wherever it lies in a buffer, whatever the alignment, and with
// every instruction set of the table. Reductions along a row use a fixed order that depends on the row's
// length only.
//
// Aliasing: buffers of the same element type are either identical or disjoint, unless a header says
// otherwise.

#include <cstdint>
#include <type_traits>

#include "fullshard/core/accumulate.hpp"
#include "fullshard/core/bf16.hpp"

namespace fullshard::kernels {

template <class T>
using Acc = std::conditional_t<std::is_same_v<T, BF16>, float, T>;

/// [begin, end)
struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

/// Partial sums and the flat layout are blocked by this many elements:
/// slices start at its multiples.
inline constexpr int64_t kBlock = 2048;

/// Where row r of a matrix starts: rows come in groups (the heads of a token), groups may be further apart
/// than their rows are long. `dense(n)` is an ordinary matrix of n columns.
struct RowLayout {
  int64_t rows_per_group = 1;
  int64_t group_stride = 0;  ///< in elements
  int64_t row_stride = 0;    ///< in elements, inside a group

  static constexpr RowLayout dense(int64_t columns) { return {1, columns, 0}; }
};

}  // namespace fullshard::kernels
