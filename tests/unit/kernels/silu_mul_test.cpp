#include "fullshard/kernels/silu_mul.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

double silu(double g) {
  return g / (1 + std::exp(-g));
}

}  // namespace

TEST(SiluMul, forward_is_the_formula_on_halves_of_one_buffer) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) {
      const auto gu = randoms<T>(2 * 2 * n, 1, 20.0);  // 2 rows of g and u
      std::vector<T> a(at(2 * n));

      k.silu_mul_forward({.columns = n,
                          .g = gu.data(),
                          .u = gu.data() + n,
                          .in_stride = 2 * n,
                          .a = a.data(),
                          .out_stride = n},
                         {0, 2});

      for (int64_t r = 0; r < 2; ++r) {
        for (int64_t i = 0; i < n; ++i) {
          const double expected = silu(value(gu[at(2 * n * r + i)])) * value(gu[at(2 * n * r + n + i)]);
          // exp 1 ulp = 2 roundings; sum, division, two products.
          ASSERT_NEAR(value(a[at(r * n + i)]), expected, std::fabs(expected) * error_after<T>(6.1));
        }
      }
    }
  });
}

TEST(SiluMul, backward_is_the_derivative_and_gives_the_output_again) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) {
      const auto g = randoms<T>(n, 1, 6.0), u = randoms<T>(n, 2), da = randoms<T>(n, 3);
      std::vector<T> dg(at(n)), du(at(n)), a(at(n));

      k.silu_mul_backward({.columns = n,
                           .da = da.data(),
                           .g = g.data(),
                           .u = u.data(),
                           .dg = dg.data(),
                           .du = du.data(),
                           .a = a.data()},
                          {0, 1});

      for (size_t i = 0; i < at(n); ++i) {
        const double x = value(g[i]), y = value(u[i]), d = value(da[i]);
        constexpr double h = 1e-5;  // h² silu'''/6 < 2e-11, rounding 2^-53 · 6 / h < 1e-10
        const double slope = (silu(x + h) - silu(x - h)) / (2 * h);
        // |sigmoid| + |silu (1 - sigmoid)| < 1.4, 10 operations
        ASSERT_NEAR(value(dg[i]), d * y * slope, 1.4 * error_after<T>(10) + 2e-10);
        ASSERT_NEAR(value(du[i]), d * silu(x), std::fabs(d * silu(x)) * error_after<T>(6));
        ASSERT_NEAR(value(a[i]), silu(x) * y, std::fabs(silu(x) * y) * error_after<T>(6));
      }
    }
  });
}

TEST(SiluMul, in_place_gives_the_same_bits) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 255;
    auto g = randoms<T>(n, 1), u = randoms<T>(n, 2), da = randoms<T>(n, 3);
    std::vector<T> dg(n), du(n), a(n);
    k.silu_mul_backward({.columns = n,
                         .da = da.data(),
                         .g = g.data(),
                         .u = u.data(),
                         .dg = dg.data(),
                         .du = du.data(),
                         .a = a.data()},
                        {0, 1});

    k.silu_mul_backward({.columns = n,
                         .da = da.data(),
                         .g = g.data(),
                         .u = u.data(),
                         .dg = g.data(),
                         .du = u.data(),
                         .a = da.data()},
                        {0, 1});

    EXPECT_EQ(g, dg);
    EXPECT_EQ(u, du);
    EXPECT_EQ(da, a);
  });
}

TEST(SiluMul, backward_of_many_rows_is_that_of_each_row) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t kRows = 3, n = 17, kIn = 2 * n + 1, kOut = n + 2;  // strides of wider buffers
    const auto gu = randoms<T>(kRows * kIn, 1), da = randoms<T>(kRows * kOut, 2);
    std::vector<T> many(gu.size()), many_a(da.size()), single(gu.size()), single_a(da.size());
    const auto parameters = [&](int64_t row, std::vector<T>& dgu, std::vector<T>& a) {
      return SiluMulBackward<T>{.columns = n,
                                .da = da.data() + row * kOut,
                                .g = gu.data() + row * kIn,
                                .u = gu.data() + row * kIn + n,
                                .in_stride = kIn,
                                .out_stride = kOut,
                                .dg = dgu.data() + row * kIn,
                                .du = dgu.data() + row * kIn + n,
                                .a = a.data() + row * kOut};
    };

    k.silu_mul_backward(parameters(0, many, many_a), {0, kRows});
    for (int64_t r = 0; r < kRows; ++r) k.silu_mul_backward(parameters(r, single, single_a), {0, 1});

    EXPECT_EQ(many, single);
    EXPECT_EQ(many_a, single_a);
  });
}

TEST(SiluMul, large_gates_saturate_without_nan) {
  const std::vector<float> g{-1e30f, -200.0f, 200.0f, 1e30f}, u(4, 1.0f);
  std::vector<float> a(4);

  kernel_table().f32.silu_mul_forward({.columns = 4, .g = g.data(), .u = u.data(), .a = a.data()}, {0, 1});

  EXPECT_EQ(a, (std::vector<float>{0.0f, 0.0f, 200.0f, 1e30f}));
}

}  // namespace fullshard::kernels
