#include "support/body_choice.hpp"

#include "fullshard/tensor/host_kernels.hpp"

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
  return at::kCPU;
}

}  // namespace fullshard::test

// In place of src/tensor/host_kernels.cpp, which the linker leaves in its library.
namespace fullshard::tensor {

bool has_host_kernels(const at::Tensor&) {
  return test::scopes > 0;
}
bool has_host_kernels(ConstDeviceSpan) {
  return test::scopes > 0;
}

}  // namespace fullshard::tensor
