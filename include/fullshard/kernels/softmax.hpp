#pragma once
// Softmax over a contiguous range of each row: causal attention, windows and packed documents are all ranges.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// p = softmax(scale · scores) over columns [low_r, high_r) of row r, 0 elsewhere. Scores outside are not
/// read.
///
/// Shape     scores, p [rows, columns] with `stride` elements between rows; low, high [rows], null low means
/// 0;
///           logsumexp [rows] of the scaled scores; an empty range gives a zero row and -inf
/// Aliasing  p may be scores where In is Out
template <class In, class Out>
struct Softmax {
  int64_t columns = 0;
  int64_t stride = 0;
  const In* scores = nullptr;
  Out* p = nullptr;
  const int32_t* low = nullptr;
  const int32_t* high = nullptr;
  double scale = 1.0;
  Acc<Out>* logsumexp = nullptr;
};

/// ds = p ∘ (dp - delta_r) · scale inside the range, 0 elsewhere: the gradient of the unscaled scores.
///
/// Shape     as above; delta [rows] = sum over the row of dO ∘ O, which equals that of p ∘ dp
/// Aliasing  ds may be dp where In is Out, or p
template <class In, class Out>
struct SoftmaxBackward {
  int64_t columns = 0;
  int64_t stride = 0;
  const Out* p = nullptr;
  const In* dp = nullptr;
  Out* ds = nullptr;
  const int32_t* low = nullptr;
  const int32_t* high = nullptr;
  double scale = 1.0;
  const Acc<Out>* delta = nullptr;
};

/// dot[r] = sum over the row of a ∘ b: delta above, with a = dO and b = O.
template <class T>
struct RowDot {
  int64_t n = 0;
  const T* a = nullptr;
  RowLayout a_layout;
  const T* b = nullptr;
  RowLayout b_layout;
  Acc<T>* dot = nullptr;
};

}  // namespace fullshard::kernels
