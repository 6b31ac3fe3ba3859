#pragma once
// For test programs with tests/support/body_choice.cpp among their sources: in them everything computes by
// the bodies of other machines (src/model/aten, src/optim/aten), though on the host, unless a scope says
// otherwise.

namespace fullshard::test {

/// While one lives, the host's kernels compute again: what the other bodies are compared with.
class HostKernels {
 public:
  HostKernels();
  ~HostKernels();
  HostKernels(const HostKernels&) = delete;
  HostKernels& operator=(const HostKernels&) = delete;
};

}  // namespace fullshard::test
