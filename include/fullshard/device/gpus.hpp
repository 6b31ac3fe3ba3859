#pragma once
// The GPUs that this process sees: none where there is no driver, or where the program was built without
// CUDA.

#include <string>

#include "fullshard/core/ids.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::device {

/// Whether the program was built with CUDA.
bool has_cuda();

int num_gpus();

/// From now on the calling thread launches on that GPU. Nothing to do for the host.
void select(DeviceId device);

/// "NVIDIA H200"
std::string name_of(DeviceId gpu);

struct GpuMemory {
  Bytes total, free;  ///< free of what all processes together use
};
GpuMemory memory_of(DeviceId gpu);

}  // namespace fullshard::device
