#include "fullshard/tensor/caching_allocator.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

namespace fullshard::tensor {

namespace {

constexpr int64_t kLarge = int64_t{1} << 20;  // floats: 4 MiB

class CachingAllocator : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { use_caching_allocator(); }
  static const void* memory_of_a_dropped(int64_t size) {
    return at::empty({size}, at::kFloat).const_data_ptr();
  }
};

}  // namespace

TEST_F(CachingAllocator, a_large_buffer_is_given_to_the_next_tensor_of_its_size) {
  const void* first = memory_of_a_dropped(kLarge);

  EXPECT_EQ(memory_of_a_dropped(kLarge), first);
  EXPECT_EQ(memory_of_a_dropped(kLarge - kLarge / 8), first);  // a little smaller
}

TEST_F(CachingAllocator, what_a_tensor_leaves_of_a_buffer_serves_others_and_grows_together_again) {
  const auto* const whole = static_cast<const float*>(memory_of_a_dropped(4 * kLarge));
  for (const bool front_first : {true, false}) {
    at::Tensor front = at::empty({kLarge}, at::kFloat), back = at::empty({2 * kLarge}, at::kFloat);
    for (const at::Tensor* t : {&front, &back}) {
      EXPECT_GE(t->const_data_ptr<float>(), whole);
      EXPECT_LE(t->const_data_ptr<float>() + t->numel(), whole + 4 * kLarge);
    }
    (front_first ? front : back).reset();
    (front_first ? back : front).reset();

    EXPECT_EQ(memory_of_a_dropped(4 * kLarge), whole);
  }
}

TEST_F(CachingAllocator, a_tensor_takes_the_smallest_buffer_that_is_large_enough) {
  at::Tensor a = at::empty({9 * kLarge}, at::kFloat), between = at::empty({kLarge}, at::kFloat),
             b = at::empty({10 * kLarge}, at::kFloat), end = at::empty({kLarge}, at::kFloat);
  const void* const smaller = a.const_data_ptr();
  b.reset();
  a.reset();

  EXPECT_EQ(memory_of_a_dropped(9 * kLarge), smaller);
}

TEST_F(CachingAllocator, living_tensors_never_share_memory) {
  std::vector<at::Tensor> tensors;
  for (int i = 0; i < 20; ++i) tensors.push_back(at::full({(i % 3 + 1) * kLarge / 2}, i, at::kFloat));
  tensors.erase(tensors.begin() + 3);
  tensors.push_back(at::full({kLarge / 2}, 99, at::kFloat));

  for (const at::Tensor& t : tensors) EXPECT_TRUE(t.eq(t[0]).all().item<bool>());
}

TEST_F(CachingAllocator, small_tensors_are_the_heaps) {
  const at::Tensor a = at::full({10}, 1.0f), b = at::full({10}, 2.0f);

  EXPECT_EQ(a.sum().item<float>(), 10);
  EXPECT_EQ(b.sum().item<float>(), 20);
}

}  // namespace fullshard::tensor
