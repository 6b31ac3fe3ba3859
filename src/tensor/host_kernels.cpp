#include "fullshard/tensor/host_kernels.hpp"

// Nothing else may be defined here: a linker takes this file from the library only where a program has no
// choice of its own.

namespace fullshard::tensor {

bool has_host_kernels(const at::Tensor& t) {
  return t.is_cpu();
}

bool has_host_kernels(ConstDeviceSpan memory) {
  return memory.device.is_host();
}

}  // namespace fullshard::tensor
