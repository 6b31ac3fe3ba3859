#pragma once
// Memory of a body's own that grows to the largest it was asked for.

#include "fullshard/device/buffer.hpp"

namespace fullshard::comm {

/// `count` elements of `buffer`, which is made anew where it is too small or of another dtype.
inline DeviceSpan at_least(device::Buffer& buffer, Elems count, DType dtype, DeviceId device = kHost) {
  if (!buffer || buffer.span().dtype != dtype || buffer.span().count < count)
    buffer = device::Buffer(count, dtype, device);
  return buffer.span().slice({0}, count);
}

}  // namespace fullshard::comm
