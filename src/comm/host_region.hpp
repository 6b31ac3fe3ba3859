#pragma once

#include "fullshard/comm/region.hpp"
#include "fullshard/device/buffer.hpp"

namespace fullshard::comm {

/// Memory of one process alone: for groups whose ranks share none.
class HostRegion final : public Region {
 public:
  HostRegion(Elems count, DType dtype) : buffer_(count, dtype) {}
  DeviceSpan span() const override { return buffer_.span(); }

 private:
  device::Buffer buffer_;
};

}  // namespace fullshard::comm
