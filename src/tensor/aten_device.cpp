// A file of its own: tests without a GPU have ATen compute in host memory that the rest takes for a GPU's.

#include "fullshard/tensor/torch_bridge.hpp"

namespace fullshard::tensor {

at::Device aten_device(DeviceId device) {
  return device.is_host() ? at::Device(at::kCPU)
                          : at::Device(at::kCUDA, static_cast<at::DeviceIndex>(device.gpu));
}

}  // namespace fullshard::tensor
