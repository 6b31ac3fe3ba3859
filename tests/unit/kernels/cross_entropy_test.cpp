#include "fullshard/kernels/cross_entropy.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

struct Expected {
  double log_prob;
  std::vector<double> p;
};

template <class T>
Expected reference(const T* logits, int64_t n, int32_t target) {
  double largest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, value(logits[i]));
  for (int64_t i = 0; i < n; ++i) sum += std::exp(value(logits[i]) - largest);
  Expected e{value(logits[target]) - largest - std::log(sum), {}};
  for (int64_t i = 0; i < n; ++i) e.p.push_back(std::exp(value(logits[i]) - largest) / sum);
  return e;
}

/// In → T, 3 rows of which the second is ignored, a logit range of ±20, and a gap between rows.
template <class In, class T, class Kernel>
void check(Kernel kernel, int64_t n) {
  const int64_t stride = n + 3;
  const auto logits = randoms<In>(3 * stride, 1, 20.0);
  auto lost = logits;
  const std::vector<int32_t> target{0, kIgnored, static_cast<int32_t>(n - 1)};
  std::vector<T> gradient(at(3 * stride), rounded<T>(7));
  std::vector<double> log_prob(3, 7.0);

  const double loss = kernel({.vocabulary = n,
                              .stride = stride,
                              .logits = lost.data(),
                              .gradient = gradient.data(),
                              .target = target.data(),
                              .log_prob = log_prob.data(),
                              .scale = 0.5},
                             Range{0, 3});

  double expected_loss = 0;
  // x - largest up to 40 moves exp by 40 roundings; exp itself 2, the sum ≤ 16 + 5, the products 2.
  const double relative = error_after<T>(65);
  for (int64_t r = 0; r < 3; ++r) {
    const int32_t t = target[at(r)];
    for (int64_t i = n; i < stride; ++i) ASSERT_EQ(value(gradient[at(r * stride + i)]), 7);
    if (t == kIgnored) {
      EXPECT_EQ(log_prob[at(r)], 0.0);
      for (int64_t i = 0; i < n; ++i) ASSERT_EQ(value(gradient[at(r * stride + i)]), 0.0);
      continue;
    }
    const Expected e = reference(logits.data() + r * stride, n, t);
    expected_loss -= e.log_prob;
    EXPECT_NEAR(log_prob[at(r)], e.log_prob, 65 * unit_roundoff<Acc<T>>());
    for (int64_t i = 0; i < n; ++i) {
      const double expected = 0.5 * (e.p[at(i)] - (i == t ? 1 : 0));
      ASSERT_NEAR(value(gradient[at(r * stride + i)]), expected,
                  0.5 * relative * (e.p[at(i)] + (i == t ? 1 : 0)) + 1e-40);
    }
  }
  EXPECT_NEAR(loss, expected_loss, 130 * unit_roundoff<Acc<T>>());
}

}  // namespace

TEST(CrossEntropy, loss_and_gradient_agree_with_fp64) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t n : kSizes) check<T, T>(k.cross_entropy, n);
    for (const int64_t n : kSizes) check<Acc<T>, T>(k.cross_entropy_of_acc, n);
  });
}

TEST(CrossEntropy, a_large_vocabulary_in_fp32_is_not_biased) {
  constexpr int64_t n = 49152;
  auto logits = randoms<float>(n, 5, 4.0);
  const int32_t target = 11;

  const double loss = kernel_table().f32.cross_entropy(
      {.vocabulary = n, .stride = n, .logits = logits.data(), .target = &target}, {0, 1});

  // The logarithm of a sum whose terms err by 10 roundings in either direction.
  EXPECT_NEAR(loss, -reference(logits.data(), n, target).log_prob, 10 * unit_roundoff<float>());
}

TEST(CrossEntropy, without_gradient_the_logits_stay_and_the_probabilities_are_the_same_bits) {
  constexpr int64_t n = 1000;
  const KernelsOf<float>& k = kernel_table().f32;
  auto logits = randoms<float>(n, 1, 100.0);
  const auto before = logits;
  const int32_t target = 3;
  double alone = 0, beside = 0;

  k.cross_entropy(
      {.vocabulary = n, .stride = n, .logits = logits.data(), .target = &target, .log_prob = &alone}, {0, 1});
  EXPECT_EQ(logits, before);
  k.cross_entropy({.vocabulary = n,
                   .stride = n,
                   .logits = logits.data(),
                   .gradient = logits.data(),
                   .target = &target,
                   .log_prob = &beside},
                  {0, 1});

  EXPECT_EQ(alone, beside);
}

TEST(CrossEntropy, nan_logits_and_impossible_targets_make_the_loss_nan) {
  const KernelsOf<float>& k = kernel_table().f32;
  std::vector<float> logits{1, std::numeric_limits<float>::quiet_NaN(), 2};
  const std::vector<int32_t> targets{0, 3, -1};

  EXPECT_TRUE(
      std::isnan(k.cross_entropy({.vocabulary = 3, .logits = logits.data(), .target = &targets[0]}, {0, 1})));
  logits[1] = 0;
  EXPECT_TRUE(
      std::isnan(k.cross_entropy({.vocabulary = 3, .logits = logits.data(), .target = &targets[1]}, {0, 1})));
  EXPECT_TRUE(
      std::isnan(k.cross_entropy({.vocabulary = 3, .logits = logits.data(), .target = &targets[2]}, {0, 1})));
}

}  // namespace fullshard::kernels
