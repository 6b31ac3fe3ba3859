// The fake device's memory is the host's: ATen computes there, by the bodies that GPUs get
// (tests/support/body_choice.cpp).

#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::tensor {

at::Device aten_device(DeviceId) {
  return at::kCPU;
}

}  // namespace fullshard::tensor
