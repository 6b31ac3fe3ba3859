// Rows of every length, and of numbers that are none, through the kernels that take exponentials: the last
// elements of a row, rows that go through a pass together, and rows too long to be kept.

#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

constexpr int64_t kLongest = 70;  // more than two vectors of any instruction set, and than the lanes of a sum
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Rows whose ranges are [low, high), all else NaN; softmax may neither read that nor leave it there.
template <class T>
struct SoftmaxCase {
  SoftmaxCase(std::vector<int32_t> first, std::vector<int32_t> last, int64_t width)
      : low(std::move(first)), high(std::move(last)), columns(width), scores(low.size() * at(width)) {
    const auto numbers = randoms<Acc<T>>(static_cast<int64_t>(scores.size()), 3, 8.0);
    for (size_t r = 0; r < low.size(); ++r)
      for (int64_t i = 0; i < columns; ++i)
        score(r, i) =
            i >= low[r] && i < high[r] ? numbers[r * at(columns) + at(i)] : static_cast<Acc<T>>(kNaN);
  }
  Acc<T>& score(size_t r, int64_t i) { return scores[r * at(columns) + at(i)]; }

  /// Columns of p and, as the last one, logsumexp; `together` rows in a call.
  std::vector<double> run(const KernelsOf<T>& k, int64_t together) const {
    const auto rows = static_cast<int64_t>(low.size());
    std::vector<T> p(scores.size(), rounded<T>(7));
    std::vector<Acc<T>> logsumexp(low.size());
    for (int64_t r = 0; r < rows; r += together)
      k.softmax_of_acc({.columns = columns,
                        .stride = columns,
                        .scores = scores.data(),
                        .p = p.data(),
                        .low = low.data(),
                        .high = high.data(),
                        .scale = 0.5,
                        .logsumexp = logsumexp.data()},
                       Range{r, std::min(r + together, rows)});
    std::vector<double> out;
    for (const T x : p) out.push_back(value(x));
    for (const Acc<T> x : logsumexp) out.push_back(static_cast<double>(x));
    return out;
  }

  std::vector<int32_t> low, high;
  int64_t columns;
  std::vector<Acc<T>> scores;
};

/// Row r sees r + 1 columns.
template <class T>
SoftmaxCase<T> triangle() {
  std::vector<int32_t> low(kLongest, 0), high;
  for (int32_t r = 0; r < kLongest; ++r) high.push_back(r + 1);
  return {low, high, kLongest};
}

}  // namespace

TEST(Tails, softmax_of_every_length_adds_up_to_one_and_is_zero_outside) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    const SoftmaxCase<T> rows = triangle<T>();

    const std::vector<double> p = rows.run(k, kLongest);

    for (int64_t r = 0; r < kLongest; ++r) {
      double sum = 0, exact = 0;
      for (int64_t i = 0; i <= r; ++i)
        exact += std::exp(0.5 * static_cast<double>(rows.scores[at(r * kLongest + i)]));
      for (int64_t i = 0; i < kLongest; ++i) {
        const double x = p[at(r * kLongest + i)];
        const double expected =
            i > r ? 0.0 : std::exp(0.5 * static_cast<double>(rows.scores[at(r * kLongest + i)])) / exact;
        // The exponent is at most 8 and moves exp by 12 roundings; exp 2, sum ≤ 8, product 2.
        ASSERT_NEAR(x, expected, expected * error_after<T>(24));
        sum += x;
      }
      ASSERT_NEAR(sum, 1.0, error_after<T>(24));
      ASSERT_NEAR(p[at(kLongest * kLongest + r)], std::log(exact), 24 * unit_roundoff<Acc<T>>());
    }
  });
}

TEST(Tails, softmax_of_rows_together_is_that_of_each_row) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    // Windows and nothing among rows that are kept on the stack together, alone, and not at all.
    const std::vector<int32_t> low{0, 3, 9, 0, 0, 1, 17, 0, 4097, 0, 0, 6, 40, 5000};
    const std::vector<int32_t> high{1, 70, 9, 4096, 4097, 5000, 2000, 33, 4098, 2048, 2049, 5, 71, 5001};
    const SoftmaxCase<T> rows(low, high, 5001);

    const std::vector<double> together = rows.run(k, 14);

    EXPECT_EQ(together, rows.run(k, 1));
    EXPECT_EQ(together, rows.run(k, 5));
    EXPECT_EQ(together, rows.run(kernel_table(InstructionSet::V2).of<T>(), 3));
  });
}

TEST(Tails, softmax_gives_no_weight_to_minus_infinity) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    SoftmaxCase<T> rows = triangle<T>();
    const std::vector<double> before = rows.run(k, kLongest);
    for (const int64_t i : {0, 31, 32, 64}) rows.score(65, i) = static_cast<Acc<T>>(-kInfinity);

    const std::vector<double> p = rows.run(k, kLongest);

    double sum = 0;
    for (int64_t i = 0; i < 66; ++i) sum += p[at(65 * kLongest + i)];
    for (const int64_t i : {0, 31, 32, 64}) EXPECT_EQ(p[at(65 * kLongest + i)], 0.0);
    EXPECT_NEAR(sum, 1.0, error_after<T>(24));
    EXPECT_TRUE(std::equal(p.begin(), p.begin() + 65 * kLongest, before.begin()));
  });
}

TEST(Tails, softmax_of_a_nan_or_of_minus_infinity_alone_is_nan_in_its_row_only) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t length : {1, 32, 33, 64, 70}) {
      SoftmaxCase<T> rows = triangle<T>();
      const std::vector<double> before = rows.run(k, kLongest);
      const auto r = static_cast<size_t>(length - 1);
      for (const bool all : {false, true}) {
        for (int64_t i = 0; i < length; ++i)
          if (all) rows.score(r, i) = static_cast<Acc<T>>(-kInfinity);
        if (!all) rows.score(r, length - 1) = static_cast<Acc<T>>(kNaN);

        const std::vector<double> p = rows.run(k, kLongest);

        for (int64_t i = 0; i < kLongest * kLongest; ++i) {
          const bool inside = i / kLongest == length - 1 && i % kLongest < length;
          ASSERT_TRUE(inside ? std::isnan(p[at(i)]) : p[at(i)] == before[at(i)]) << i;
        }
      }
    }
  });
}

TEST(Tails, cross_entropy_of_every_length_agrees_with_fp64_and_touches_nothing_beyond) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (int64_t n = 1; n <= kLongest; ++n) {
      auto logits = randoms<Acc<T>>(n, 1, 8.0);
      const auto before = logits;
      logits.push_back(static_cast<Acc<T>>(kNaN));
      std::vector<T> gradient(at(n + 1), rounded<T>(7));
      const auto target = static_cast<int32_t>(n / 2);
      double sum = 0, beside = 0, alone = 0;
      for (const Acc<T> x : before) sum += std::exp(static_cast<double>(x));

      CrossEntropy<Acc<T>, T> p{
          .vocabulary = n, .logits = logits.data(), .target = &target, .log_prob = &alone};
      k.cross_entropy_of_acc(p, {0, 1});
      p.gradient = gradient.data(), p.log_prob = &beside;
      k.cross_entropy_of_acc(p, {0, 1});

      EXPECT_EQ(alone, beside);
      // Differences up to 16 move exp by 16 roundings; exp 2, sum ≤ 8, product 2.
      EXPECT_NEAR(alone, static_cast<double>(before[at(target)]) - std::log(sum),
                  28 * unit_roundoff<Acc<T>>());
      for (int64_t i = 0; i < n; ++i) {
        const double probability = std::exp(static_cast<double>(before[at(i)])) / sum;
        ASSERT_NEAR(value(gradient[at(i)]), probability - (i == target ? 1 : 0), error_after<T>(28)) << n;
      }
      EXPECT_EQ(value(gradient.back()), 7);
      EXPECT_TRUE(std::isnan(logits.back()));
    }
  });
}

TEST(Tails, cross_entropy_gives_no_gradient_to_minus_infinity) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    auto logits = randoms<Acc<T>>(kLongest, 1, 8.0);
    for (const size_t i : {0u, 31u, 32u, 69u}) logits[i] = static_cast<Acc<T>>(-kInfinity);
    std::vector<T> gradient(kLongest, rounded<T>(7));
    const int32_t target = 5;

    const double loss = k.cross_entropy_of_acc({.vocabulary = kLongest,
                                                .logits = logits.data(),
                                                .gradient = gradient.data(),
                                                .target = &target,
                                                .scale = 1e6},
                                               {0, 1});

    EXPECT_TRUE(std::isfinite(loss));
    for (const size_t i : {0u, 31u, 32u, 69u}) EXPECT_EQ(value(gradient[i]), 0.0);
  });
}

TEST(Tails, silu_of_every_length_is_that_of_each_element_and_touches_nothing_beyond) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    const auto g = randoms<T>(kLongest, 1, 30.0), u = randoms<T>(kLongest, 2), da = randoms<T>(kLongest, 3);
    std::vector<T> single(3 * kLongest);
    const auto backward = [&](int64_t first, int64_t n, T* dg, T* du, T* a) {
      k.silu_mul_backward({.columns = n,
                           .da = da.data() + first,
                           .g = g.data() + first,
                           .u = u.data() + first,
                           .dg = dg,
                           .du = du,
                           .a = a},
                          {0, 1});
    };
    for (int64_t i = 0; i < kLongest; ++i)
      backward(i, 1, &single[at(3 * i)], &single[at(3 * i + 1)], &single[at(3 * i + 2)]);
    for (int64_t n = 1; n < kLongest; ++n) {
      std::vector<T> dg(kLongest, rounded<T>(7)), du = dg, a = dg, forward = dg;

      backward(0, n, dg.data(), du.data(), a.data());
      k.silu_mul_forward({.columns = n, .g = g.data(), .u = u.data(), .a = forward.data()}, {0, 1});

      for (int64_t i = 0; i < n; ++i) {
        ASSERT_EQ(value(dg[at(i)]), value(single[at(3 * i)]));
        ASSERT_EQ(value(du[at(i)]), value(single[at(3 * i + 1)]));
        ASSERT_EQ(value(a[at(i)]), value(single[at(3 * i + 2)]));
        ASSERT_EQ(value(forward[at(i)]), value(a[at(i)]));
      }
      for (const std::vector<T>* out : {&dg, &du, &a, &forward}) ASSERT_EQ(value((*out)[at(n)]), 7);
    }
  });
}

TEST(Tails, silu_rounds_every_bf16_product_to_nearest_even_and_keeps_nan) {
  // From 18 on the sigmoid rounds to 1, so the result is the product of two numbers of 8 bits, exact in fp32.
  const BF16 g = to_bf16(129.0f);
  std::vector<BF16> gate(0x10000, g), u, a(0x10000);
  for (uint32_t bits = 0; bits < 0x10000; ++bits) u.push_back({static_cast<uint16_t>(bits)});
  for (const InstructionSet set : available_instruction_sets()) {
    kernel_table(set).bf16.silu_mul_forward(
        {.columns = 0x10000, .g = gate.data(), .u = u.data(), .a = a.data()}, {0, 1});

    for (size_t i = 0; i < a.size(); ++i) {
      const float product = to_float(g) * to_float(u[i]);
      if (std::isnan(product))
        ASSERT_TRUE(std::isnan(to_float(a[i]))) << i;
      else
        ASSERT_EQ(a[i], to_bf16(product)) << i;
    }
  }
}

}  // namespace fullshard::kernels
