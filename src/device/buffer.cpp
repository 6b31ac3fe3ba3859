#include "fullshard/device/buffer.hpp"

#include "device/driver.hpp"
#include "fullshard/device/copy.hpp"

namespace fullshard::device {

void FreeOnGpu::operator()(std::byte* memory) const noexcept {
  driver::release(memory);
}

void FreePinned::operator()(std::byte* memory) const noexcept {
  driver::release_pinned(memory);
}

Buffer::Buffer(Elems count, DType dtype, DeviceId device) : count_(count), dtype_(dtype), device_(device) {
  if (device.is_host()) {
    pages_ = Pages(bytes(count, dtype));
  } else {
    gpu_ = decltype(gpu_)(driver::allocate(device.gpu, bytes(count, dtype)));
    clear(span());
  }
}

PinnedBuffer::PinnedBuffer(Bytes size) : memory_(driver::allocate_pinned(size)), size_(size) {}

}  // namespace fullshard::device
