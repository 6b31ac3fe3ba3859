// In place of tests/support/body_choice.cpp: what is compared with the host's kernels computes on a GPU.

#include <gtest/gtest.h>

#include <cstdio>

#include "fullshard/device/gpus.hpp"
#include "support/body_choice.hpp"

namespace fullshard::test {

namespace {

int scopes = 0;

}  // namespace

HostKernels::HostKernels() {
  ++scopes;
}
HostKernels::~HostKernels() {
  --scopes;
}

at::Device device() {
  return scopes > 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, 0);
}

}  // namespace fullshard::test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  if (fullshard::device::num_gpus() == 0) {
    std::fprintf(stderr, "no GPU here: nothing was tested\n");
    return 77;
  }
  return RUN_ALL_TESTS();
}
