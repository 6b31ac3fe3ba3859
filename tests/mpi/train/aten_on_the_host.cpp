// The fake device's memory is the host's: ATen computes there, by the bodies that GPUs get.

#include "fullshard/tensor/host_kernels.hpp"
#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::tensor {

at::Device aten_device(DeviceId) {
  return at::kCPU;
}

bool has_host_kernels(const Tensor&) {
  return false;
}

}  // namespace fullshard::tensor
