#include "fullshard/kernels/rms_norm.hpp"

#include <gtest/gtest.h>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

constexpr int64_t kRows = 19;  // more than one block of rows, and an incomplete one
constexpr double kEps = 1e-5;

/// fp64, written from the formula.
std::vector<double> reference(const std::vector<double>& x, const std::vector<double>& w, int64_t n) {
  std::vector<double> y(x.size());
  for (int64_t r = 0; r < kRows; ++r) {
    double squares = 0;
    for (int64_t i = 0; i < n; ++i) squares += x[at(r * n + i)] * x[at(r * n + i)];
    const double rstd = 1 / std::sqrt(squares / static_cast<double>(n) + kEps);
    for (int64_t i = 0; i < n; ++i) y[at(r * n + i)] = x[at(r * n + i)] * rstd * w[at(i)];
  }
  return y;
}

template <class T>
std::vector<double> values(const std::vector<T>& v) {
  std::vector<double> out;
  for (const T x : v) out.push_back(value(x));
  return out;
}

template <class T>
struct Forward {
  std::vector<T> y;
  std::vector<Acc<T>> rstd;
};

/// Through the kernel that normalises X's: the one of_acc where X is wider than T.
template <class X, class T>
Forward<T> run_forward(const KernelsOf<T>& k, const std::vector<X>& x, const std::vector<Acc<T>>& w) {
  const auto n = static_cast<int64_t>(w.size());
  Forward<T> f{std::vector<T>(at(kRows * n)), std::vector<Acc<T>>(kRows)};
  const auto kernel = [&] {
    if constexpr (std::is_same_v<X, T>)
      return k.rms_norm_forward;
    else
      return k.rms_norm_forward_of_acc;
  }();
  kernel({.n = n,
          .x = x.data(),
          .x_layout = RowLayout::dense(n),
          .weight = w.data(),
          .y = f.y.data(),
          .y_layout = RowLayout::dense(n),
          .rstd = f.rstd.data(),
          .eps = kEps},
         {0, kRows});
  return f;
}

template <class X, class T>
void expect_forward(const KernelsOf<T>& k) {
  for (const int64_t n : kSizes) {
    const auto x = randoms<X>(kRows * n, 1);
    const auto w = randoms<Acc<T>>(n, 3);

    const Forward<T> f = run_forward(k, x, w);

    const std::vector<double> y = reference(values(x), values(w), n);
    for (size_t i = 0; i < y.size(); ++i)
      // Sum of squares: n/lanes + 5 additions of one sign; root, division, mean, two products.
      ASSERT_NEAR(value(f.y[i]), y[i], std::fabs(y[i]) * error_after<T>(static_cast<double>(n) / 16 + 12));
  }
}

}  // namespace

TEST(RmsNorm, forward_is_the_formula) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    expect_forward<T>(k);
    if constexpr (!std::is_same_v<Acc<T>, T>) expect_forward<Acc<T>>(k);
  });
}

TEST(RmsNorm, backward_in_fp64_is_the_derivative) {
  for (const InstructionSet set : available_instruction_sets()) {
    const KernelsOf<double>& k = kernel_table(set).f64;
    constexpr int64_t n = 17;
    const auto x = randoms<double>(kRows * n, 1), w = randoms<double>(n, 2),
               dy = randoms<double>(kRows * n, 3);
    const Forward<double> f = run_forward(k, x, w);
    std::vector<double> dx(x.size(), 1.0), dw(n, 1.0);

    k.rms_norm_backward({.n = n,
                         .dy = dy.data(),
                         .dy_layout = RowLayout::dense(n),
                         .x = x.data(),
                         .x_layout = RowLayout::dense(n),
                         .weight = w.data(),
                         .rstd = f.rstd.data(),
                         .dx = dx.data(),
                         .dx_layout = RowLayout::dense(n),
                         .dx_mode = Accumulate::Add,
                         .dweight = dw.data()},
                        {0, kRows});

    const auto loss = [&](const std::vector<double>& at_x, const std::vector<double>& at_w) {
      const std::vector<double> y = reference(at_x, at_w, n);
      double sum = 0;
      for (size_t i = 0; i < y.size(); ++i) sum += y[i] * dy[i];
      return sum;
    };
    // Central difference: h² f'''/6 ≈ 1e-10 for f''' up to 10², rounding 2^-53 · |loss| / h ≈ 1e-10 for
    // |loss| ≈ 10².
    constexpr double h = 1e-5, tolerance = 1e-8;
    const auto slope = [&](bool of_x, size_t i) {
      std::vector<double> up_x = x, down_x = x, up_w = w, down_w = w;
      (of_x ? up_x : up_w)[i] += h;
      (of_x ? down_x : down_w)[i] -= h;
      return (loss(up_x, up_w) - loss(down_x, down_w)) / (2 * h);
    };
    for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(dx[i], 1.0 + slope(true, i), tolerance);
    for (size_t i = 0; i < w.size(); ++i) ASSERT_NEAR(dw[i], 1.0 + slope(false, i), tolerance);
  }
}

/// dx in place of dy where the types allow it, else added to ones.
template <class X, class T>
void expect_backward(const KernelsOf<T>& k) {
  for (const int64_t n : kSizes) {
    const auto x = randoms<X>(kRows * n, 1);
    const auto w = randoms<Acc<T>>(n, 2);
    const auto dy = randoms<T>(kRows * n, 3);
    const Forward<T> f = run_forward(k, x, w);
    RmsNormBackward<X, T> p{.n = n,
                            .dy = dy.data(),
                            .dy_layout = RowLayout::dense(n),
                            .x = x.data(),
                            .x_layout = RowLayout::dense(n),
                            .weight = w.data(),
                            .rstd = f.rstd.data(),
                            .dx_layout = RowLayout::dense(n)};
    std::vector<X> dx(x.size(), X(1.0f));
    std::vector<Acc<T>> dw(at(n));
    p.dweight = dw.data();
    if constexpr (std::is_same_v<X, T>) {
      dx = dy;
      p.dy = p.dx = dx.data();
      k.rms_norm_backward(p, {0, kRows});
    } else {
      p.dx = dx.data();
      p.dx_mode = Accumulate::Add;
      k.rms_norm_backward_of_acc(p, {0, kRows});
    }

    std::vector<double> dw_expected(at(n)), dw_size(at(n));
    const double before = std::is_same_v<X, T> ? 0 : 1;
    for (int64_t r = 0; r < kRows; ++r) {
      const double rstd = static_cast<double>(f.rstd[at(r)]);
      double dot = 0, dot_size = 0;
      for (int64_t i = 0; i < n; ++i) {
        const size_t e = at(r * n + i);
        const double term = value(dy[e]) * value(w[at(i)]) * value(x[e]) * rstd;
        dot += term / static_cast<double>(n);
        dot_size += std::fabs(term) / static_cast<double>(n);
        dw_expected[at(i)] += value(dy[e]) * value(x[e]) * rstd;
        dw_size[at(i)] += std::fabs(value(dy[e]) * value(x[e]) * rstd);
      }
      for (int64_t i = 0; i < n; ++i) {
        const size_t e = at(r * n + i);
        const double normed = value(x[e]) * rstd, direct = value(dy[e]) * value(w[at(i)]);
        const double size = before + rstd * (std::fabs(direct) + std::fabs(normed) * dot_size);
        ASSERT_NEAR(value(dx[e]), before + rstd * (direct - normed * dot),
                    size * error_after<X>(static_cast<double>(n) / 16 + 12 + before));
      }
    }
    for (int64_t i = 0; i < n; ++i)  // 19 rows: at most 20 additions, 2 products
      ASSERT_NEAR(static_cast<double>(dw[at(i)]), dw_expected[at(i)],
                  dw_size[at(i)] * 22 * unit_roundoff<Acc<T>>());
  }
}

TEST(RmsNorm, backward_of_every_type_and_size_agrees_with_fp64) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    expect_backward<T>(k);
    if constexpr (!std::is_same_v<Acc<T>, T>) expect_backward<Acc<T>>(k);
  });
}

TEST(RmsNorm, heads_of_a_token_are_rows_of_a_strided_view) {
  constexpr int64_t kTokens = 3, kHeads = 2, kDim = 16, kToken = 50;  // q lies in a wider fused buffer
  const KernelsOf<float>& k = kernel_table().f32;
  auto fused = randoms<float>(kTokens * kToken, 1);
  const auto before = fused;
  const auto w = randoms<float>(kDim, 2);
  std::vector<float> gathered, expected(kTokens * kHeads * kDim);
  for (int64_t t = 0; t < kTokens; ++t)
    gathered.insert(gathered.end(), fused.begin() + t * kToken, fused.begin() + t * kToken + kHeads * kDim);
  k.rms_norm_forward({.n = kDim,
                      .x = gathered.data(),
                      .x_layout = RowLayout::dense(kDim),
                      .weight = w.data(),
                      .y = expected.data(),
                      .y_layout = RowLayout::dense(kDim)},
                     {0, kTokens * kHeads});

  const RowLayout heads{.rows_per_group = kHeads, .group_stride = kToken, .row_stride = kDim};
  k.rms_norm_forward({.n = kDim,
                      .x = fused.data(),
                      .x_layout = heads,
                      .weight = w.data(),
                      .y = fused.data(),
                      .y_layout = heads},
                     {0, kTokens * kHeads});

  for (int64_t t = 0; t < kTokens; ++t)
    for (int64_t i = 0; i < kToken; ++i)
      ASSERT_EQ(fused[at(t * kToken + i)],
                i < kHeads * kDim ? expected[at(t * kHeads * kDim + i)] : before[at(t * kToken + i)]);
}

TEST(RmsNorm, backward_of_rows_with_layouts_of_their_own_is_that_of_dense_ones) {
  constexpr int64_t kRows = 3, n = 17, kWide = 20, kWider = 25;
  const KernelsOf<float>& k = kernel_table().f32;
  const auto x = randoms<float>(kRows * n, 1), dy = randoms<float>(kRows * kWide, 2),
             w = randoms<float>(n, 3), rstd = randoms<float>(kRows, 4);
  std::vector<float> dense_dy, dense(kRows * n), strided(kRows * kWider), dense_dw(n), dw(n);
  for (int64_t r = 0; r < kRows; ++r)
    dense_dy.insert(dense_dy.end(), dy.begin() + r * kWide, dy.begin() + r * kWide + n);
  RmsNormBackward<float, float> p{.n = n,
                                  .dy = dense_dy.data(),
                                  .dy_layout = RowLayout::dense(n),
                                  .x = x.data(),
                                  .x_layout = RowLayout::dense(n),
                                  .weight = w.data(),
                                  .rstd = rstd.data(),
                                  .dx = dense.data(),
                                  .dx_layout = RowLayout::dense(n),
                                  .dweight = dense_dw.data()};
  k.rms_norm_backward(p, {0, kRows});

  p.dy = dy.data(), p.dy_layout = RowLayout::dense(kWide);
  p.dx = strided.data(), p.dx_layout = RowLayout::dense(kWider);
  p.dweight = dw.data();
  k.rms_norm_backward(p, {0, kRows});

  EXPECT_EQ(dw, dense_dw);
  for (int64_t r = 0; r < kRows; ++r)
    for (int64_t i = 0; i < kWider; ++i)
      ASSERT_EQ(strided[at(r * kWider + i)], i < n ? dense[at(r * n + i)] : 0);
}

}  // namespace fullshard::kernels
