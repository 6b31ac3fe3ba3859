#pragma once
// Softmax of attention and cross-entropy.

#include <cmath>

#include "fullshard/kernels/cross_entropy.hpp"
#include "fullshard/kernels/softmax.hpp"
#include "kernels/isa/exp.hpp"
#include "kernels/isa/vector_lanes.hpp"

namespace fullshard::kernels {
namespace {

/// Sums of this many elements in A are added in fp64: one fp32 sum over a whole vocabulary would be biased.
inline constexpr int64_t kPiece = 512;
/// This many exponentials are kept on the stack; those of a longer row are computed twice.
inline constexpr int64_t kKept = 4096;

template <class Out>
FS_INLINE void zero_outside(Out* row, int64_t columns, int64_t low, int64_t high) {
  for (int64_t i = 0; i < low; ++i) row[i] = Out{};
  for (int64_t i = high; i < columns; ++i) row[i] = Out{};
}

/// x(i) gives the lanes of row elements i, i + 1, …; those beyond the row are -inf.
template <class In>
FS_INLINE auto lanes_of_row(const In* row, int64_t n, Acc<In> scale) {
  using A = Acc<In>;
  return [=](int64_t i) {
    const auto scaled = [=](Pair<A> x) { return scale * x; };
    if (n - i >= kLanes<A>) [[likely]]
      return map(scaled, load_lanes(row + i));
    Lanes<A> last = map(scaled, load_first_lanes(row + i, n - i));
    replace_last_lanes(last, n - i, -static_cast<A>(__builtin_inf()));
    return last;
  };
}

/// The largest of n numbers; NaN are passed over.
template <class A, class X>
FS_INLINE A largest_of(int64_t n, const X& x) {
  const auto later_if_larger = [](auto a, auto b) { return larger(b, a); };
  Lanes<A> largest = lanes_of(-static_cast<A>(__builtin_inf()));
  for (int64_t i = 0; i < n; i += kLanes<A>) largest = map(later_if_larger, largest, x(i));
  return fold_lanes(largest, later_if_larger);
}

/// Σ exp(x - largest) · 2^kLift over n numbers; `keep(i, lanes)` sees the terms.
template <class A, class X, class Keep>
FS_INLINE double sum_of_exp(int64_t n, const X& x, A largest, const Keep& keep) {
  const auto add = [](auto a, auto b) { return a + b; };
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kPiece) {
    const int64_t end = n - begin < kPiece ? n : begin + kPiece;
    Lanes<A> sum = lanes_of(A{0});
    for (int64_t i = begin; i < end; i += kLanes<A>) {
      const Lanes<A> e = map([=](Pair<A> v) { return lifted_exp<A>(v - largest); }, x(i));
      keep(i, e);
      sum = map(add, sum, e);
    }
    total += static_cast<double>(fold_lanes(sum, add));
  }
  return total;
}

/// out = e · factor for n elements.
template <class Out, class E>
FS_INLINE void store_scaled(int64_t n, const E& e, Acc<Out> factor, Out* out) {
  using A = Acc<Out>;
  const auto scaled = [=](Pair<A> x) { return x * factor; };
  int64_t i = 0;
  for (; i + kLanes<A> <= n; i += kLanes<A>) store_lanes(out + i, map(scaled, e(i)));
  if (i < n) store_first_lanes(out + i, n - i, map(scaled, e(i)));
}

/// One row of softmax between its passes.
template <class In, class Out>
struct SoftmaxRow {
  using A = Acc<Out>;
  const In* scores;  ///< from `low` on
  Out* p;
  int64_t n;
  A* kept;  ///< room for the exponentials, null: they are computed twice
  A largest = 0;
  double sum = 0;

  FS_INLINE void find_largest(A scale) {
    const auto x = lanes_of_row(scores, n, scale);
    largest = kept ? largest_of<A>(n,
                                   [&](int64_t i) {
                                     const Lanes<A> lanes = x(i);
                                     store_lanes(kept + i, lanes);
                                     return lanes;
                                   })
                   : largest_of<A>(n, x);
  }
  FS_INLINE void find_sum(A scale) {
    if (kept) {
      sum = sum_of_exp(
          n, [&](int64_t i) { return load_lanes(kept + i); }, largest,
          [&](int64_t i, const Lanes<A>& lanes) { store_lanes(kept + i, lanes); });
    } else {
      sum = sum_of_exp(n, lanes_of_row(scores, n, scale), largest, [](int64_t, const Lanes<A>&) {});
    }
  }
  FS_INLINE void write(A scale) const {
    const A factor = static_cast<A>(1 / sum);
    if (kept)
      return store_scaled(
          n, [&](int64_t i) { return load_lanes(kept + i); }, factor, p);
    const auto x = lanes_of_row(scores, n, scale);
    const A most = largest;
    store_scaled(
        n, [&](int64_t i) { return map([=](Pair<A> v) { return lifted_exp<A>(v - most); }, x(i)); }, factor,
        p);
  }
  A logsumexp() const {
    return n > 0 ? static_cast<A>(static_cast<double>(largest) + std::log(sum / kLifted<A>))
                 : -static_cast<A>(__builtin_inf());
  }
};

/// Several rows go through each pass together, so that one row's adding up, from lanes to a number, is hidden
/// behind the next row's work: half the time of short rows.
template <class In, class Out>
void softmax(const Softmax<In, Out>& p, Range rows) {
  using A = Acc<Out>;
  constexpr int kRows = 8;
  const A scale = static_cast<A>(p.scale);
  A kept[kKept];
  for (int64_t first = rows.begin; first < rows.end;) {
    SoftmaxRow<In, Out> group[kRows];
    int count = 0;
    for (int64_t used = 0; count < kRows && first + count < rows.end; ++count) {
      const int64_t r = first + count, low = p.low ? p.low[r] : 0;
      const int64_t n = p.high[r] > low ? p.high[r] - low : 0;
      const int64_t room = (n + kLanes<A> - 1) / kLanes<A> * kLanes<A>;
      if (count > 0 && used + room > kKept) break;
      group[count] = {p.scores + r * p.stride + low, p.p + r * p.stride + low, n,
                      room <= kKept ? kept + used : nullptr};
      used += room;
    }
    for (int k = 0; k < count; ++k) group[k].find_largest(scale);
    for (int k = 0; k < count; ++k) group[k].find_sum(scale);
    for (int k = 0; k < count; ++k) group[k].write(scale);
    for (int k = 0; k < count; ++k) {
      const int64_t r = first + k, low = p.low ? p.low[r] : 0;
      if (p.logsumexp) p.logsumexp[r] = group[k].logsumexp();
      zero_outside(p.p + r * p.stride, p.columns, group[k].n > 0 ? low : 0,
                   group[k].n > 0 ? low + group[k].n : 0);
    }
    first += count;
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

/// gradient = softmax(logits) · scale where there is one; returns log Σ exp(logit - largest). The
/// exponentials stay in the gradient, or in the logits, whichever can hold them unrounded; else they are
/// computed twice. Meanwhile the next row is fetched, `stride` further on: finding its largest would wait for
/// memory.
template <class In, class Out>
FS_INLINE double scaled_softmax_row(In* logits, Out* gradient, int64_t n, int64_t stride, Acc<Out> largest,
                                    double scale) {
  using A = Acc<Out>;
  const auto x = lanes_of_row(logits, n, A{1});
  const auto fetch_next = [=](int64_t i, const Lanes<A>&) { prefetch<kLanes<A>>(logits + i, stride); };
  if (!gradient) return std::log(sum_of_exp(n, x, largest, fetch_next) / kLifted<A>);
  if constexpr (std::is_same_v<Out, A> || std::is_same_v<In, A>) {
    A* kept;
    if constexpr (std::is_same_v<Out, A>) {
      kept = gradient;
    } else {
      kept = logits;
    }
    const double sum = sum_of_exp(n, x, largest, [=](int64_t i, const Lanes<A>& e) {
      fetch_next(i, e);
      if (n - i >= kLanes<A>) [[likely]] {
        store_lanes(kept + i, e);
      } else {
        store_first_lanes(kept + i, n - i, e);
      }
    });
    store_scaled(n, lanes_of_row(kept, n, A{1}), static_cast<A>(scale / sum), gradient);
    return std::log(sum / kLifted<A>);
  } else {
    const double sum = sum_of_exp(n, x, largest, fetch_next);
    const auto again = [&](int64_t i) {
      return map([=](Pair<A> v) { return lifted_exp<A>(v - largest); }, x(i));
    };
    store_scaled(n, again, static_cast<A>(scale / sum), gradient);
    return std::log(sum / kLifted<A>);
  }
}

/// Returns log p(target).
template <class In, class Out>
FS_INLINE double cross_entropy_row(const CrossEntropy<In, Out>& p, int64_t r) {
  using A = Acc<Out>;
  const int64_t n = p.vocabulary;
  In* logits = p.logits + r * p.stride;
  Out* gradient = p.gradient ? p.gradient + r * p.stride : nullptr;
  const int32_t target = p.target[r];
  if (target < 0 || target >= n) {
    if (gradient) zero_outside(gradient, n, 0, 0);
    return target == kIgnored ? 0.0 : __builtin_nan("");
  }
  const A largest = largest_of<A>(n, lanes_of_row(logits, n, A{1}));
  const A at_target = get(logits[target]);
  const double log_sum = scaled_softmax_row(logits, gradient, n, p.stride, largest, p.scale);
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
