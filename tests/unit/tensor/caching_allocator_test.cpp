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

TEST_F(CachingAllocator, a_buffer_is_not_wasted_on_a_much_smaller_tensor) {
  const void* first = memory_of_a_dropped(2 * kLarge);

  EXPECT_NE(memory_of_a_dropped(kLarge / 2), first);
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

TEST_F(CachingAllocator, large_buffers_start_on_huge_pages) {
  const at::Tensor t = at::empty({kLarge}, at::kFloat);

  EXPECT_EQ(reinterpret_cast<uintptr_t>(t.const_data_ptr()) % (size_t{2} << 20), 0u);
}

}  // namespace fullshard::tensor
