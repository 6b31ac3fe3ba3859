#pragma once
// RoPE, SiLU, AdamW, conversions: the same arithmetic for every element.

#include <cmath>
#include <span>

#include "fullshard/kernels/adamw.hpp"
#include "fullshard/kernels/rope.hpp"
#include "fullshard/kernels/silu_mul.hpp"
#include "kernels/isa/exp.hpp"
#include "kernels/isa/lanes.hpp"
#include "kernels/isa/vectors.hpp"

namespace fullshard::kernels {
namespace {

template <class T>
void rope(const Rope<T>& p, Range tokens) {
  using A = Acc<T>;
  const int64_t half = p.half;
  const A sign = p.rotation == Rotation::Forward ? A{1} : A{-1};
  for (int64_t t = tokens.begin; t < tokens.end; ++t) {
    const A* cosine = p.cosine + p.position[t] * half;
    const A* sine = p.sine + p.position[t] * half;
    for (int64_t h = 0; h < p.heads; ++h) {
      T* low = p.x + t * p.token_stride + h * p.head_stride;
      T* high = low + half;
#pragma GCC ivdep
      for (int64_t i = 0; i < half; ++i) {
        const A a = get(low[i]), b = get(high[i]), s = sign * sine[i];
        low[i] = put<T>(a * cosine[i] - b * s);
        high[i] = put<T>(b * cosine[i] + a * s);
      }
    }
  }
}

/// 1 / (1 + exp(-x)) from exp(-|x|), which neither overflows nor loses what is small.
template <class A>
FS_INLINE Pair<A> sigmoid_of(Pair<A> x) {
  const Pair<A> e = lifted_exp(minus_abs(x));
  return where_negative<A>(x, e, kLifted<A>) / (kLifted<A> + e);
}

template <class T>
void silu_mul_forward(const SiluMulForward<T>& p, Range rows) {
  using P = Pair<Acc<T>>;
  for (int64_t r = rows.begin; r < rows.end; ++r)
    for_each_element<T>(p.columns, {p.g + r * p.in_stride, p.u + r * p.in_stride}, {p.a + r * p.out_stride},
                        [](const P(&gu)[2], P(&a)[1]) { a[0] = gu[0] * sigmoid_of(gu[0]) * gu[1]; });
}

template <bool kWithOutput, class T>
FS_INLINE void silu_mul_backward_row(const SiluMulBackward<T>& p, int64_t r) {
  using A = Acc<T>;
  const int64_t in = r * p.in_stride, out = r * p.out_stride;
  const T* const sources[] = {p.g + in, p.u + in, p.da + out};
  const auto body = [](const Pair<A>(&x)[3], auto& y) {
    const Pair<A> g = x[0], u = x[1], da = x[2];
    const Pair<A> sigmoid = sigmoid_of(g), silu = g * sigmoid;
    y[0] = da * u * (sigmoid + silu * (A{1} - sigmoid));
    y[1] = da * silu;
    if constexpr (kWithOutput) y[2] = silu * u;
  };
  if constexpr (kWithOutput) {
    for_each_element<T>(p.columns, sources, {p.dg + in, p.du + in, p.a + out}, body);
  } else {
    for_each_element<T>(p.columns, sources, {p.dg + in, p.du + in}, body);
  }
}

template <class T>
void silu_mul_backward(const SiluMulBackward<T>& p, Range rows) {
  for (int64_t r = rows.begin; r < rows.end; ++r) {
    if (p.a) {
      silu_mul_backward_row<true>(p, r);
    } else {
      silu_mul_backward_row<false>(p, r);
    }
  }
}

template <bool kWithWorking, class T>
FS_INLINE void adamw_range(const AdamW<T>& p, Range elements) {
  using A = Acc<T>;
  const A* gradient = p.gradient;
  A *exp_avg = p.exp_avg, *exp_avg_sq = p.exp_avg_sq, *master = p.master;
  T* working = p.working;
  const A factor = static_cast<A>(p.gradient_factor), beta2 = static_cast<A>(p.beta2),
          eps = static_cast<A>(p.eps);
  const A one_minus_beta1 = static_cast<A>(1 - p.beta1), one_minus_beta2 = static_cast<A>(1 - p.beta2);
  const A keep = static_cast<A>(1 - p.learning_rate * p.weight_decay);
  const A step = static_cast<A>(p.learning_rate / p.correction1);
  const A root_correction2 = static_cast<A>(std::sqrt(p.correction2));
#pragma GCC ivdep
  for (int64_t i = elements.begin; i < elements.end; ++i) {
    const A g = gradient[i] * factor;
    const A m = exp_avg[i] + one_minus_beta1 * (g - exp_avg[i]);
    const A v = exp_avg_sq[i] * beta2 + one_minus_beta2 * g * g;
    const A updated = master[i] * keep - step * m / (std::sqrt(v) / root_correction2 + eps);
    exp_avg[i] = m;
    exp_avg_sq[i] = v;
    master[i] = updated;
    if constexpr (kWithWorking) working[i] = put<T>(updated);
  }
}

template <class T>
void adamw(const AdamW<T>& p, Range elements) {
  if (p.working) {
    adamw_range<true>(p, elements);
  } else {
    adamw_range<false>(p, elements);
  }
}

template <class T>
void scaled_add(std::span<const T> src, std::span<Acc<T>> dst, Acc<T> factor) {
  const T* from = src.data();
  Acc<T>* to = dst.data();
  const auto n = static_cast<int64_t>(src.size());
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) to[i] += factor * get(from[i]);
}

template <class T>
void fill(std::span<T> dst, T value) {
  T* to = dst.data();
  const auto n = static_cast<int64_t>(dst.size());
  for (int64_t i = 0; i < n; ++i) to[i] = value;
}

template <class From, class To>
void cast(std::span<const From> src, std::span<To> dst) {
  const From* from = src.data();
  To* to = dst.data();
  const auto n = static_cast<int64_t>(src.size());
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (std::is_same_v<From, To>) {
      to[i] = from[i];
    } else {
      to[i] = put<To>(get(from[i]));
    }
  }
}

}  // namespace
}  // namespace fullshard::kernels
