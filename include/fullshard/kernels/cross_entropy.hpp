#pragma once

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// The target of a token that is not trained.
inline constexpr int32_t kIgnored = -100;

/// Loss and gradient of a chunk of rows. Returns the sum of -log p(target) over the range's rows in their
/// order; gradient = (softmax(logits) - onehot(target)) · scale, zero in ignored rows. Sums over the
/// vocabulary are fp64.
///
/// Shape     logits, gradient [rows, vocabulary] with `stride` elements between rows; target [rows] in
///           [0, vocabulary) or kIgnored: anything else makes the loss NaN and the row's gradient zero;
///           log_prob [rows], may be null, zero in ignored rows
/// Aliasing  gradient may be logits where In is Out; null computes the log-probabilities alone and leaves the
///           logits; with one they are lost, being where a narrow gradient's exponentials stay in Acc<Out>
template <class In, class Out>
struct CrossEntropy {
  int64_t vocabulary = 0;
  int64_t stride = 0;
  In* logits = nullptr;
  Out* gradient = nullptr;
  const int32_t* target = nullptr;
  double* log_prob = nullptr;
  double scale = 1.0;
};

}  // namespace fullshard::kernels
