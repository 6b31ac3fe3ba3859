#pragma once

#include "fullshard/core/span.hpp"

namespace fullshard::comm {

/// dst += src in host memory; fp32 or fp64.
void add_into(DeviceSpan dst, ConstDeviceSpan src);

}  // namespace fullshard::comm
