#pragma once
// Memory of the device that a rank trains on; the host backend's device is the host.

#include <cstddef>
#include <memory>

#include "fullshard/core/span.hpp"

namespace fullshard::device {

/// Owns uninitialised device memory, aligned to 2 MiB pages where it is large. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Throws std::bad_alloc.
  Buffer(Elems count, DType dtype);

  DeviceSpan span() const { return {data_.get(), count_, dtype_}; }
  Bytes size() const { return bytes(count_, dtype_); }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  struct Release {
    size_t mapped;
    void operator()(std::byte* p) const noexcept;
  };
  std::unique_ptr<std::byte, Release> data_{nullptr, Release{0}};
  Elems count_;
  DType dtype_ = DType::F32;
};

}  // namespace fullshard::device
