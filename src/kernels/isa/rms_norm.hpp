#pragma once

#include <cmath>

#include "fullshard/kernels/rms_norm.hpp"
#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {
namespace {

template <class X, class T>
void rms_norm_forward(const RmsNormForward<X, T>& p, Range rows) {
  using A = Acc<T>;
  const int64_t n = p.n;
  const A* weight = p.weight;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const X* x = row_of(p.x, p.x_layout, r);
    T* y = row_of(p.y, p.y_layout, r);
    const A squares = sum_row<A>(n, [x](int64_t i) { return get(x[i]) * get(x[i]); });
    const A rstd = A{1} / std::sqrt(squares / static_cast<A>(n) + static_cast<A>(p.eps));
    if (p.rstd) p.rstd[r] = rstd;
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) y[i] = put<T>(get(x[i]) * rstd * weight[i]);
  }
}

/// One row's dx, its part of dweight added to `dw`; columns [begin, end).
template <Accumulate Mode, class X, class T>
FS_INLINE void rms_norm_backward_row(const RmsNormBackward<X, T>& p, int64_t r, Range columns,
                                     Acc<T> mean_dot, Acc<T>* dw) {
  using A = Acc<T>;
  const T* dy = row_of(p.dy, p.dy_layout, r) + columns.begin;
  const X* x = row_of(p.x, p.x_layout, r) + columns.begin;
  X* dx = row_of(p.dx, p.dx_layout, r) + columns.begin;
  const A* weight = p.weight + columns.begin;
  const A rstd = p.rstd[r];
  const int64_t n = columns.end - columns.begin;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const A normed = get(x[i]) * rstd;
    const A d = get(dy[i]);
    dw[i] += d * normed;
    const A result = rstd * (d * weight[i] - normed * mean_dot);
    dx[i] = put<X>(Mode == Accumulate::Add ? get(dx[i]) + result : result);
  }
}

template <Accumulate Mode, class X, class T>
void rms_norm_backward_mode(const RmsNormBackward<X, T>& p, Range rows) {
  using A = Acc<T>;
  constexpr int64_t kRows = 16, kColumns = 256;
  for (int64_t first = rows.begin; first < rows.end; first += kRows) {
    const int64_t last = first + kRows < rows.end ? first + kRows : rows.end;
    A mean_dot[kRows];
    for (int64_t r = first; r < last; ++r) {
      const T* dy = row_of(p.dy, p.dy_layout, r);
      const X* x = row_of(p.x, p.x_layout, r);
      const A* weight = p.weight;
      const A rstd = p.rstd[r];
      mean_dot[r - first] =
          sum_row<A>(p.n, [=](int64_t i) { return get(dy[i]) * weight[i] * (get(x[i]) * rstd); }) /
          static_cast<A>(p.n);
    }
    // The rows lie in the cache now; dweight is touched once per block.
    for (int64_t c = 0; c < p.n; c += kColumns) {
      const Range columns{c, c + kColumns < p.n ? c + kColumns : p.n};
      A dw[kColumns] = {};
      for (int64_t r = first; r < last; ++r)
        rms_norm_backward_row<Mode>(p, r, columns, mean_dot[r - first], dw);
      for (int64_t i = 0; i < columns.end - c; ++i) p.dweight[c + i] += dw[i];
    }
  }
}

template <class X, class T>
void rms_norm_backward(const RmsNormBackward<X, T>& p, Range rows) {
  if (p.dx_mode == Accumulate::Add) return rms_norm_backward_mode<Accumulate::Add>(p, rows);
  rms_norm_backward_mode<Accumulate::Overwrite>(p, rows);
}

}  // namespace
}  // namespace fullshard::kernels
