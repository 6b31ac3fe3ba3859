#include "fullshard/device/buffer.hpp"

#include <sys/mman.h>

#include <new>

namespace fullshard::device {

namespace {
constexpr size_t kHugePage = size_t{2} << 20;
}

void Buffer::Release::operator()(std::byte* p) const noexcept {
  ::munmap(p, mapped);
}

// mmap gives zeroed pages on first touch and returns them on release, so buffers never fragment the heap.
Buffer::Buffer(Elems count, DType dtype) : count_(count), dtype_(dtype) {
  const size_t wanted = static_cast<size_t>(bytes(count, dtype).value);
  const bool large = wanted >= kHugePage;
  const size_t mapped = wanted + (large ? kHugePage : 1);
  void* raw =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto* p = static_cast<std::byte*>(raw);
  if (large) {
    // Give back what lies before the first huge-page boundary.
    const size_t skip = (kHugePage - reinterpret_cast<uintptr_t>(p) % kHugePage) % kHugePage;
    if (skip > 0) ::munmap(p, skip);
    data_ = std::unique_ptr<std::byte, Release>(p + skip, Release{mapped - skip});
    ::madvise(data_.get(), wanted, MADV_HUGEPAGE);
  } else {
    data_ = std::unique_ptr<std::byte, Release>(p, Release{mapped});
  }
}

}  // namespace fullshard::device
