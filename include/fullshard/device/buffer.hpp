#pragma once
// Memory of the device that a rank trains on; the host backend's device is the host.

#include "fullshard/core/pages.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::device {

/// Owns uninitialised device memory, aligned to 2 MiB pages where it is large. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Throws std::bad_alloc.
  Buffer(Elems count, DType dtype);

  DeviceSpan span() const { return {memory_.data(), count_, dtype_}; }
  Bytes size() const { return bytes(count_, dtype_); }
  explicit operator bool() const { return memory_.data() != nullptr; }

 private:
  Pages memory_;
  Elems count_;
  DType dtype_ = DType::F32;
};

}  // namespace fullshard::device
