#include "fullshard/tensor/host_kernels.hpp"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

namespace fullshard::tensor {

TEST(HostKernels, reach_tensors_of_the_host_alone) {
  EXPECT_TRUE(has_host_kernels(at::empty({2}, at::kFloat)));
  EXPECT_FALSE(has_host_kernels(at::empty({2}, at::TensorOptions(at::kFloat).device(at::kMeta))));
}

}  // namespace fullshard::tensor
