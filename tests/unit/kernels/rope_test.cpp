#include "fullshard/kernels/rope.hpp"

#include <gtest/gtest.h>

#include <array>

#include "unit/kernels/kernel_cases.hpp"

namespace fullshard::kernels {

using namespace test;

namespace {

constexpr int64_t kTokens = 3, kHeads = 2, kRest = 3;
constexpr std::array<int32_t, 3> kPosition{4, 0, 4};  // positions of packed documents go back

template <class T>
struct Case {
  explicit Case(int64_t half_) : half(half_), x(randoms<T>(kTokens * stride(), 1)) {
    for (int64_t i = 0; i < 5 * half; ++i) {
      cosine.push_back(static_cast<Acc<T>>(std::cos(0.1 * static_cast<double>(i))));
      sine.push_back(static_cast<Acc<T>>(std::sin(0.1 * static_cast<double>(i))));
    }
  }
  int64_t stride() const { return kHeads * 2 * half + kRest; }
  Rope<T> rope(Rotation rotation) {
    return {.x = x.data(),
            .heads = kHeads,
            .half = half,
            .token_stride = stride(),
            .head_stride = 2 * half,
            .cosine = cosine.data(),
            .sine = sine.data(),
            .position = kPosition.data(),
            .rotation = rotation};
  }
  int64_t half;
  std::vector<T> x;
  std::vector<Acc<T>> cosine, sine;
};

}  // namespace

TEST(Rope, rotates_each_pair_by_its_positions_angle_and_nothing_else) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    for (const int64_t half : {1, 7, 16, 17, 64, 255}) {
      Case<T> c(half);
      const std::vector<T> before = c.x;

      k.rope(c.rope(Rotation::Forward), {0, kTokens});

      for (int64_t t = 0; t < kTokens; ++t) {
        for (int64_t i = 0; i < kHeads * half; ++i) {
          const size_t low = at(t * c.stride() + i / half * 2 * half + i % half), high = low + at(half);
          const size_t angle = at(kPosition[at(t)] * half + i % half);
          const double a = value(before[low]), b = value(before[high]);
          const double cosine = static_cast<double>(c.cosine[angle]),
                       sine = static_cast<double>(c.sine[angle]);
          // |a cos| + |b sin| ≤ 2; two products, one sum.
          ASSERT_NEAR(value(c.x[low]), a * cosine - b * sine, 2 * error_after<T>(2));
          ASSERT_NEAR(value(c.x[high]), b * cosine + a * sine, 2 * error_after<T>(2));
        }
        for (int64_t i = c.stride() - kRest; i < c.stride(); ++i)
          ASSERT_EQ(c.x[at(t * c.stride() + i)], before[at(t * c.stride() + i)]);
      }
    }
  });
}

TEST(Rope, backward_undoes_forward) {
  for_all_kernels([]<class T>(const KernelsOf<T>& k, T) {
    Case<T> c(64);
    const std::vector<T> before = c.x;

    k.rope(c.rope(Rotation::Forward), {0, kTokens});
    k.rope(c.rope(Rotation::Backward), {0, kTokens});

    // Two rotations of the bound above, and cos² + sin² = 1 to 4 roundings of the tables.
    for (size_t i = 0; i < before.size(); ++i)
      ASSERT_NEAR(value(c.x[i]), value(before[i]), 4 * error_after<T>(2) + 4 * unit_roundoff<Acc<T>>());
  });
}

}  // namespace fullshard::kernels
