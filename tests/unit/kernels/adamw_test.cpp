#include "fullshard/kernels/adamw.hpp"

#include <gtest/gtest.h>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

struct Scalars {
  double p, m, v;
};

/// Algorithm 2 of the paper in fp64, with `t` updates behind it.
Scalars reference(Scalars s, double gradient, const AdamW<double>& a) {
  const double g = gradient * a.gradient_factor;
  s.p *= 1 - a.learning_rate * a.weight_decay;
  s.m = a.beta1 * s.m + (1 - a.beta1) * g;
  s.v = a.beta2 * s.v + (1 - a.beta2) * g * g;
  s.p -= a.learning_rate * (s.m / a.correction1) / (std::sqrt(s.v / a.correction2) + a.eps);
  return s;
}

AdamW<double> settings() {
  return {.gradient_factor = 0.125,
          .learning_rate = 1e-2,
          .beta1 = 0.9,
          .beta2 = 0.95,
          .eps = 1e-6,
          .weight_decay = 0.1,
          .correction1 = 1 - std::pow(0.9, 3),
          .correction2 = 1 - std::pow(0.95, 3)};
}

template <class T>
struct Slice {
  explicit Slice(int64_t n)
      : g(randoms<A>(n, 1)), m(randoms<A>(n, 2)), v(randoms<A>(n, 3)), p(randoms<A>(n, 4)), w(at(n)) {
    for (A& x : v) x = x * x;
  }
  AdamW<T> parameters() {
    const AdamW<double> s = settings();
    return {.gradient = g.data(),
            .exp_avg = m.data(),
            .exp_avg_sq = v.data(),
            .master = p.data(),
            .working = w.data(),
            .gradient_factor = s.gradient_factor,
            .learning_rate = s.learning_rate,
            .beta1 = s.beta1,
            .beta2 = s.beta2,
            .eps = s.eps,
            .weight_decay = s.weight_decay,
            .correction1 = s.correction1,
            .correction2 = s.correction2};
  }
  using A = Acc<T>;
  std::vector<A> g, m, v, p;
  std::vector<T> w;
};

}  // namespace

TEST(AdamW, one_update_agrees_with_fp64_and_the_working_copy_is_the_rounded_master) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr double u = unit_roundoff<Acc<T>>();
    for (const int64_t n : kSizes) {
      Slice<T> s(n);
      const Slice<T> before = s;

      k.adamw(s.parameters(), {0, n});

      for (size_t i = 0; i < at(n); ++i) {
        const double m = value(before.m[i]), v = value(before.v[i]), p = value(before.p[i]);
        const Scalars expected = reference({p, m, v}, value(before.g[i]), settings());
        const double change = std::fabs(expected.p - p * (1 - 1e-3));
        // m: |m| + 0.1 |g| ≤ 1.1, four roundings of parts of it. The ratio adds sqrt, two divisions, eps to
        // those, relative to m before cancellation: the same four over |m|.
        ASSERT_NEAR(value(s.m[i]), expected.m, 5 * u * (std::fabs(m) + 0.2));
        ASSERT_NEAR(value(s.v[i]), expected.v, 5 * u * expected.v);
        const double of_m = 5 * u * (std::fabs(m) + 0.2) * (change / std::fabs(expected.m));
        ASSERT_NEAR(value(s.p[i]), expected.p, 3 * u * std::fabs(p) + 12 * u * change + of_m);
        ASSERT_EQ(value(s.w[i]), value(rounded<T>(value(s.p[i]))));
      }
    }
  });
}

TEST(AdamW, without_working_copy_or_decay_nothing_else_changes) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    Slice<T> with(255), without(255);
    AdamW<T> p = without.parameters();
    p.working = nullptr;

    k.adamw(with.parameters(), {0, 255});
    k.adamw(p, {0, 255});

    EXPECT_EQ(with.p, without.p);
    EXPECT_EQ(with.m, without.m);
    EXPECT_EQ(with.v, without.v);
    for (const T w : without.w) EXPECT_EQ(value(w), 0.0);
  });
}

TEST(AdamW, cutting_the_slice_anywhere_gives_the_same_bits) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    constexpr int64_t n = 1000;
    Slice<T> whole(n), cut(n);

    k.adamw(whole.parameters(), {0, n});
    k.adamw(cut.parameters(), {0, 333});
    k.adamw(cut.parameters(), {333, 334});
    k.adamw(cut.parameters(), {334, n});

    EXPECT_EQ(whole.p, cut.p);
    EXPECT_EQ(whole.m, cut.m);
    EXPECT_EQ(whole.v, cut.v);
    EXPECT_EQ(whole.w, cut.w);
  });
}

}  // namespace fullshard::kernels
