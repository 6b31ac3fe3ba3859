#include "fullshard/shard/grad_stack.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <vector>

#include "fullshard/core/rng.hpp"

namespace fullshard::shard {

namespace {

const device::Stream kOnHost;

using Gradient = std::vector<float>;

std::vector<Gradient> gradients(int count) {
  std::vector<Gradient> all;
  for (int g = 0; g < count; ++g) {
    Gradient& x = all.emplace_back();
    for (uint64_t i = 0; i < 40; ++i)
      x.push_back(static_cast<float>(CounterRng(8, static_cast<uint64_t>(g)).normal(i)));
  }
  return all;
}

float tree(const std::vector<Gradient>& all, size_t begin, size_t width, size_t i) {
  if (width == 1) return all[begin][i];
  const float left = tree(all, begin, width / 2, i);
  return begin + width / 2 < all.size() ? left + tree(all, begin + width / 2, width / 2, i) : left;
}

DeviceSpan span(Gradient& g) {
  return device_span(std::span(g));
}

}  // namespace

TEST(GradStack, adds_in_the_order_of_the_tree_over_all_micro_steps) {
  GradStack stack;  // the same one again and again: it is empty after each
  for (const int count : {1, 2, 3, 4, 5, 7, 8, 13}) {
    const std::vector<Gradient> all = gradients(count);
    Gradient last;
    for (int g = 0; g < count; ++g) {
      last = all[static_cast<size_t>(g)];
      if (g + 1 < count) stack.push(span(last), kOnHost);
    }

    EXPECT_TRUE(stack.finish(span(last), true, kOnHost));

    for (size_t i = 0; i < last.size(); ++i)
      ASSERT_EQ(last[i], tree(all, 0, std::bit_ceil(all.size()), i)) << count << " gradients";
  }
}

TEST(GradStack, a_last_one_that_is_absent_is_not_zero_but_nothing) {
  GradStack stack;
  const std::vector<Gradient> all = gradients(3);
  for (Gradient g : all) stack.push(span(g), kOnHost);
  Gradient sum(40, 99);

  EXPECT_TRUE(stack.finish(span(sum), false, kOnHost));

  for (size_t i = 0; i < sum.size(); ++i) ASSERT_EQ(sum[i], (all[0][i] + all[1][i]) + all[2][i]);
  EXPECT_FALSE(stack.finish(span(sum), false, kOnHost)) << "nothing was pushed since";
}

TEST(GradStack, keeps_as_many_sums_as_the_counter_has_digits) {
  EXPECT_EQ(GradStack::most_digits(1), 0);
  EXPECT_EQ(GradStack::most_digits(2), 1);
  EXPECT_EQ(GradStack::most_digits(4), 2);
  EXPECT_EQ(GradStack::most_digits(5), 3);
  EXPECT_EQ(GradStack::most_digits(16), 4);
}

}  // namespace fullshard::shard
