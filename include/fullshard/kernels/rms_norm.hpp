#pragma once
// RMSNorm, Zhang and Sennrich, arXiv:1910.07467, equation 4, with eps inside the root as Llama has it.

#include "fullshard/kernels/types.hpp"

namespace fullshard::kernels {

/// y = x · rstd · weight with rstd = 1 / sqrt(mean(x²) + eps), row by row. X is the type of what is
/// normalised: T, or Acc<T> for the residual stream. The weight is Acc<T>: bf16 has no numbers between 1 and
/// 1 + 2⁻⁷.
///
/// Shape     x, y [rows, n]; weight [n]; rstd [rows], may be null
/// Aliasing  y may be x (then x is lost for the backward pass)
template <class X, class T>
struct RmsNormForward {
  int64_t n = 0;
  const X* x = nullptr;
  RowLayout x_layout;
  const Acc<T>* weight = nullptr;
  T* y = nullptr;
  RowLayout y_layout;
  Acc<T>* rstd = nullptr;
  double eps = 1e-6;
};

/// The gradients of the above from dy, the x that was normalised and the saved rstd.
///
/// Shape     dy, x, dx [rows, n]; weight, dweight [n]
/// Order     dweight is added to, in blocks of 16 rows counted from the range's begin
/// Aliasing  dx may be dy
template <class X, class T>
struct RmsNormBackward {
  int64_t n = 0;
  const T* dy = nullptr;
  RowLayout dy_layout;
  const X* x = nullptr;
  RowLayout x_layout;
  const Acc<T>* weight = nullptr;
  const Acc<T>* rstd = nullptr;
  X* dx = nullptr;
  RowLayout dx_layout;
  Accumulate dx_mode = Accumulate::Overwrite;
  Acc<T>* dweight = nullptr;
};

}  // namespace fullshard::kernels
