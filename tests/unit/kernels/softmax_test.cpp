#include "fullshard/kernels/softmax.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

constexpr int64_t kRows = 4, kGap = 3;  // kGap: between rows, written by nobody
constexpr double kScale = 0.25;

struct Bounds {
  explicit Bounds(int64_t n) {
    const auto last = static_cast<int32_t>(n);
    low = {0, last / 3, last - 1, last / 2};
    high = {last, last - last / 4, last, last / 2};  // whole, a window, one element, nothing
  }
  std::vector<int32_t> low, high;
};

/// fp64 softmax of one row's range, zeros elsewhere.
template <class T>
std::vector<double> reference(const T* s, int64_t n, int64_t low, int64_t high) {
  std::vector<double> p(at(n));
  double sum = 0;
  for (int64_t i = low; i < high; ++i) sum += std::exp(kScale * value(s[i]));
  for (int64_t i = low; i < high; ++i) p[at(i)] = std::exp(kScale * value(s[i])) / sum;
  return p;
}

template <class In, class T, class Kernel>
void check_forward(Kernel kernel, int64_t n) {
  const int64_t stride = n + kGap;
  const auto scores = randoms<In>(kRows * stride, 1, 20.0);
  const Bounds bounds(n);
  std::vector<T> p(scores.size(), rounded<T>(7));
  std::vector<Acc<T>> logsumexp(kRows);

  kernel({.columns = n,
          .stride = stride,
          .scores = scores.data(),
          .p = p.data(),
          .low = bounds.low.data(),
          .high = bounds.high.data(),
          .scale = kScale,
          .logsumexp = logsumexp.data()},
         Range{0, kRows});

  for (int64_t r = 0; r < kRows; ++r) {
    const int64_t low = bounds.low[at(r)], high = bounds.high[at(r)];
    const std::vector<double> expected = reference(scores.data() + r * stride, n, low, high);
    // The exponent, up to 10 after the maximum is taken off, moves exp by 15 roundings; exp 2, sum 21,
    // product 2.
    for (int64_t i = 0; i < n; ++i)
      ASSERT_NEAR(value(p[at(r * stride + i)]), expected[at(i)], expected[at(i)] * error_after<T>(40));
    for (int64_t i = n; i < stride; ++i) ASSERT_EQ(value(p[at(r * stride + i)]), 7);
    double sum = 0;
    for (int64_t i = low; i < high; ++i) sum += std::exp(kScale * value(scores[at(r * stride + i)]));
    if (low < high) {
      // The maximum is rounded once, up to 5; the result up to 13.
      ASSERT_NEAR(static_cast<double>(logsumexp[at(r)]), std::log(sum), 55 * unit_roundoff<Acc<T>>());
    } else {
      ASSERT_EQ(logsumexp[at(r)], -std::numeric_limits<Acc<T>>::infinity());
    }
  }
}

template <class In, class T, class Kernel>
void check_backward(Kernel kernel, int64_t n) {
  const int64_t stride = n + kGap;
  const auto p = randoms<T>(kRows * stride, 1);
  const auto dp = randoms<In>(kRows * stride, 2);
  const auto delta = randoms<Acc<T>>(kRows, 3);
  const Bounds bounds(n);
  std::vector<T> ds(p.size(), rounded<T>(7));

  kernel({.columns = n,
          .stride = stride,
          .p = p.data(),
          .dp = dp.data(),
          .ds = ds.data(),
          .low = bounds.low.data(),
          .high = bounds.high.data(),
          .scale = kScale,
          .delta = delta.data()},
         Range{0, kRows});

  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t i = 0; i < n; ++i) {
      const size_t e = at(r * stride + i);
      const bool inside = i >= bounds.low[at(r)] && i < bounds.high[at(r)];
      const double expected = inside ? value(p[e]) * (value(dp[e]) - value(delta[at(r)])) * kScale : 0.0;
      ASSERT_NEAR(value(ds[e]), expected, std::fabs(expected) * error_after<T>(3));
    }
    for (int64_t i = n; i < stride; ++i) ASSERT_EQ(value(ds[at(r * stride + i)]), 7);
  }
}

}  // namespace

TEST(Softmax, each_rows_range_agrees_with_fp64_and_the_rest_is_zero) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) check_forward<T, T>(k.softmax, n);
    for (const int64_t n : kSizes) check_forward<Acc<T>, T>(k.softmax_of_acc, n);
  });
}

TEST(Softmax, backward_agrees_with_fp64_and_is_zero_outside) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) check_backward<T, T>(k.softmax_backward, n);
    for (const int64_t n : kSizes) check_backward<Acc<T>, T>(k.softmax_backward_of_acc, n);
  });
}

TEST(Softmax, backward_in_fp64_is_the_derivative) {
  constexpr int64_t n = 17;
  const KernelsOf<double>& k = kernel_table().f64;
  const auto scores = randoms<double>(n, 1, 4.0), dp = randoms<double>(n, 2);
  const int32_t low = 2, high = 15;
  const std::vector<double> p = reference(scores.data(), n, low, high);
  double delta = 0;
  std::vector<double> ds = dp;
  k.row_dot({.n = n,
             .a = p.data(),
             .a_layout = RowLayout::dense(n),
             .b = dp.data(),
             .b_layout = RowLayout::dense(n),
             .dot = &delta},
            {0, 1});

  k.softmax_backward({.columns = n,
                      .stride = n,
                      .p = p.data(),
                      .dp = ds.data(),
                      .ds = ds.data(),
                      .low = &low,
                      .high = &high,
                      .scale = kScale,
                      .delta = &delta},
                     {0, 1});

  for (int64_t j = 0; j < n; ++j) {
    constexpr double h = 1e-5;  // third derivative below 1: 2e-11; rounding 2^-53 / h: 1e-11
    std::vector<double> up = scores, down = scores;
    up[at(j)] += h;
    down[at(j)] -= h;
    const auto p_up = reference(up.data(), n, low, high), p_down = reference(down.data(), n, low, high);
    double slope = 0;
    for (size_t i = 0; i < at(n); ++i) slope += dp[i] * (p_up[i] - p_down[i]) / (2 * h);
    ASSERT_NEAR(ds[at(j)], slope, 1e-9);
  }
}

TEST(Softmax, huge_scores_neither_overflow_nor_vanish) {
  std::vector<float> scores{3e38f, 3e38f, -3e38f, -3e38f, -3e38f, -3.1e38f};
  const std::vector<int32_t> high{3, 3};

  kernel_table().f32.softmax({.columns = 3,
                              .stride = 3,
                              .scores = scores.data(),
                              .p = scores.data(),
                              .high = high.data(),
                              .scale = 0.25},
                             {0, 2});

  EXPECT_EQ(scores, (std::vector<float>{0.5f, 0.5f, 0.0f, 0.5f, 0.5f, 0.0f}));
}

TEST(RowDot, each_operand_has_its_own_layout) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 17, kStride = 20;
    const auto a = randoms<T>(kRows * kStride, 1), b = randoms<T>(n, 2);
    std::vector<Acc<T>> dot(kRows);

    k.row_dot({.n = n,
               .a = a.data(),
               .a_layout = {1, kStride, 0},
               .b = b.data(),
               .b_layout = {1, 0, 0},  // the same for every row
               .dot = dot.data()},
              {0, kRows});

    for (int64_t r = 0; r < kRows; ++r) {
      double expected = 0;
      for (int64_t i = 0; i < n; ++i) expected += value(a[at(r * kStride + i)]) * value(b[at(i)]);
      // a product and at most 6 additions, of at most n terms below 1
      ASSERT_NEAR(static_cast<double>(dot[at(r)]), expected, n * 7 * unit_roundoff<Acc<T>>());
    }
  });
}

}  // namespace fullshard::kernels
