#include "fullshard/device/gpus.hpp"

#include "device/driver.hpp"

namespace fullshard::device {

bool has_cuda() {
  return driver::is_built_in();
}

int num_gpus() {
  return driver::count();
}

void select(DeviceId device) {
  if (!device.is_host()) driver::use(device.gpu);
}

std::string name_of(DeviceId gpu) {
  return driver::name(gpu.gpu);
}

GpuMemory memory_of(DeviceId gpu) {
  return driver::memory(gpu.gpu);
}

}  // namespace fullshard::device
