#pragma once
// Softmax of attention and cross-entropy.

#include <cmath>

#include "fullshard/kernels/cross_entropy.hpp"
#include "fullshard/kernels/softmax.hpp"
#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {
namespace {

/// The exponentials are kept in the output between the passes where it can hold them unrounded.
template <class Out>
inline constexpr bool kKeepsExp = std::is_same_v<Out, Acc<Out>>;

template <class Out>
FS_INLINE void zero_outside(Out* row, int64_t columns, int64_t low, int64_t high) {
  for (int64_t i = 0; i < low; ++i) row[i] = Out{};
  for (int64_t i = high; i < columns; ++i) row[i] = Out{};
}

/// p = softmax(scale · s) over n elements; returns its logsumexp. n ≥ 1.
template <class In, class Out>
FS_INLINE Acc<Out> softmax_row(const In* s, Out* p, int64_t n, Acc<Out> scale) {
  using A = Acc<Out>;
  const A largest = max_row<A>(n, [=](int64_t i) { return scale * get(s[i]); });
  double sum = 0;
  if constexpr (kKeepsExp<Out>) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) p[i] = exp_of(scale * get(s[i]) - largest);
    sum = long_sum_row<A>(n, [=](int64_t i) { return p[i]; });
    const A inverse = static_cast<A>(1 / sum);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) p[i] *= inverse;
  } else {
    sum = long_sum_row<A>(n, [=](int64_t i) { return exp_of(scale * get(s[i]) - largest); });
    const A inverse = static_cast<A>(1 / sum);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) p[i] = put<Out>(exp_of(scale * get(s[i]) - largest) * inverse);
  }
  return static_cast<A>(static_cast<double>(largest) + std::log(sum));
}

template <class In, class Out>
void softmax(const Softmax<In, Out>& p, Range rows) {
  using A = Acc<Out>;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const int64_t low = p.low ? p.low[r] : 0, high = p.high[r];
    const In* scores = p.scores + r * p.stride;
    Out* out = p.p + r * p.stride;
    A logsumexp = -static_cast<A>(__builtin_inf());
    if (low < high) {
      logsumexp = softmax_row(scores + low, out + low, high - low, static_cast<A>(p.scale));
      zero_outside(out, p.columns, low, high);
    } else {
      zero_outside(out, p.columns, 0, 0);
    }
    if (p.logsumexp) p.logsumexp[r] = logsumexp;
  }
}

template <class In, class Out>
void softmax_backward(const SoftmaxBackward<In, Out>& p, Range rows) {
  using A = Acc<Out>;
  const A scale = static_cast<A>(p.scale);
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const int64_t low = p.low ? p.low[r] : 0;
    const int64_t high = p.high[r] > low ? p.high[r] : low;
    const Out* probability = p.p + r * p.stride;
    const In* dp = p.dp + r * p.stride;
    Out* ds = p.ds + r * p.stride;
    const A delta = p.delta[r];
#pragma GCC ivdep
    for (int64_t i = low; i < high; ++i)
      ds[i] = put<Out>(get(probability[i]) * (static_cast<A>(get(dp[i])) - delta) * scale);
    zero_outside(ds, p.columns, low, high);
  }
}

template <class T>
void row_dot(const RowDot<T>& p, Range rows) {
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const T* a = row_of(p.a, p.a_layout, r);
    const T* b = row_of(p.b, p.b_layout, r);
    p.dot[r] = sum_row<Acc<T>>(p.n, [=](int64_t i) { return get(a[i]) * get(b[i]); });
  }
}

/// gradient = softmax(logits) · scale. Returns log Σ exp(logits - largest), with `largest` found by the
/// caller.
template <class In, class Out>
FS_INLINE double scaled_softmax_row(const In* x, Out* gradient, int64_t n, Acc<Out> largest, double scale) {
  using A = Acc<Out>;
  if (!gradient) return std::log(long_sum_row<A>(n, [=](int64_t i) { return exp_of(get(x[i]) - largest); }));
  if constexpr (kKeepsExp<Out>) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) gradient[i] = exp_of(get(x[i]) - largest);
    const double sum = long_sum_row<A>(n, [=](int64_t i) { return gradient[i]; });
    const A factor = static_cast<A>(scale / sum);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) gradient[i] *= factor;
    return std::log(sum);
  } else {
    const double sum = long_sum_row<A>(n, [=](int64_t i) { return exp_of(get(x[i]) - largest); });
    const A factor = static_cast<A>(scale / sum);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) gradient[i] = put<Out>(exp_of(get(x[i]) - largest) * factor);
    return std::log(sum);
  }
}

/// Returns log p(target).
template <class In, class Out>
FS_INLINE double cross_entropy_row(const CrossEntropy<In, Out>& p, int64_t r) {
  using A = Acc<Out>;
  const int64_t n = p.vocabulary;
  const In* x = p.logits + r * p.stride;
  Out* gradient = p.gradient ? p.gradient + r * p.stride : nullptr;
  const int32_t target = p.target[r];
  if (target < 0 || target >= n) {
    if (gradient) zero_outside(gradient, n, 0, 0);
    return target == kIgnored ? 0.0 : __builtin_nan("");
  }
  const A largest = max_row<A>(n, [=](int64_t i) { return static_cast<A>(get(x[i])); });
  const A at_target = get(x[target]);
  const double log_sum = scaled_softmax_row(x, gradient, n, largest, p.scale);
  const double log_prob = static_cast<double>(at_target) - static_cast<double>(largest) - log_sum;
  // (p - 1) · scale from expm1 keeps its digits where p rounds to 1.
  if (gradient) gradient[target] = put<Out>(static_cast<A>(std::expm1(log_prob) * p.scale));
  return log_prob;
}

template <class In, class Out>
double cross_entropy(const CrossEntropy<In, Out>& p, Range rows) {
  double loss = 0;
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    const double log_prob = cross_entropy_row(p, r);
    if (p.log_prob) p.log_prob[r] = log_prob;
    loss -= log_prob;
  }
  return loss;
}

}  // namespace
}  // namespace fullshard::kernels
