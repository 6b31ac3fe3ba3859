#pragma once
// For test programs with tests/support/body_choice.cpp among their sources: in them everything computes by
// the bodies of other machines (src/model/aten, src/optim/aten), though on the host, unless a scope says
// otherwise.

#include <c10/core/Device.h>

namespace fullshard::test {

/// While one lives, the host's kernels compute again: what the other bodies are compared with.
class HostKernels {
 public:
  HostKernels();
  ~HostKernels();
  HostKernels(const HostKernels&) = delete;
  HostKernels& operator=(const HostKernels&) = delete;
};

/// Where tensors have to lie for the bodies that compute now: the host, but in a program for a GPU
/// (tests/gpu/bodies_on_gpu.cpp) outside of those scopes.
at::Device device();

}  // namespace fullshard::test
