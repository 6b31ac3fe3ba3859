#include "fullshard/core/pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace fullshard {

void Pages::Release::operator()(std::byte* p) const noexcept {
  ::munmap(p, mapped);
}

Pages::Pages(Bytes size) {
  constexpr auto kHuge = static_cast<size_t>(kHugePage.value);
  const auto wanted = static_cast<size_t>(std::max<int64_t>(1, size.value));
  const bool large = wanted >= kHuge;
  const size_t mapped = wanted + (large ? kHuge : 0);
  void* raw =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  auto* p = static_cast<std::byte*>(raw);
  // Give back what lies before the first boundary of a huge page.
  const size_t skip = large ? (kHuge - reinterpret_cast<uintptr_t>(p) % kHuge) % kHuge : 0;
  if (skip > 0) ::munmap(p, skip);
  memory_ = {p + skip, Release{mapped - skip}};
  if (large) ::madvise(memory_.get(), wanted, MADV_HUGEPAGE);
}

}  // namespace fullshard
