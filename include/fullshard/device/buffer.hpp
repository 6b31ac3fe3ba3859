#pragma once
// Memory of the device that a rank trains on; the host backend's device is the host.

#include "fullshard/core/handle.hpp"
#include "fullshard/core/pages.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::device {

struct FreeOnGpu {
  void operator()(std::byte* memory) const noexcept;
};
struct FreePinned {
  void operator()(std::byte* memory) const noexcept;
};

/// Owns zeroed device memory. Move-only.
class Buffer {
 public:
  Buffer() = default;
  /// Throws std::bad_alloc.
  Buffer(Elems count, DType dtype, DeviceId device = kHost);

  DeviceSpan span() const {
    return {device_.is_host() ? pages_.data() : gpu_.get(), count_, dtype_, device_};
  }
  Bytes size() const { return bytes(count_, dtype_); }
  explicit operator bool() const { return span().data != nullptr; }

 private:
  Pages pages_;
  Handle<std::byte*, nullptr, FreeOnGpu> gpu_;
  Elems count_;
  DType dtype_ = DType::F32;
  DeviceId device_;
};

/// Host memory that a GPU copies from and to without a detour. Move-only.
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  /// Throws std::bad_alloc.
  explicit PinnedBuffer(Bytes size);

  std::byte* data() const { return memory_.get(); }
  Bytes size() const { return size_; }

 private:
  Handle<std::byte*, nullptr, FreePinned> memory_;
  Bytes size_;
};

}  // namespace fullshard::device
