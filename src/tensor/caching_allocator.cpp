#include "fullshard/tensor/caching_allocator.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <unordered_map>

#include "fullshard/core/sizes.hpp"

namespace fullshard::tensor {

namespace {

constexpr size_t kSmallest = size_t{128} << 10;  // smaller ones are the heap's, which keeps them
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kLeastCache = size_t{64} << 20;

struct Block {
  void* memory;
  size_t size;   // usable
  void* mapped;  // what mmap gave
  size_t length;
};

Block map_block(size_t size) {
  const bool huge = size >= kHugePage;
  const size_t usable =
      static_cast<size_t>(round_up(static_cast<int64_t>(size), huge ? int64_t{kHugePage} : 4096));
  const size_t length = usable + (huge ? kHugePage : 0);
  void* mapped =
      ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto address = reinterpret_cast<uintptr_t>(mapped);
  if (huge) {
    address = (address + kHugePage - 1) / kHugePage * kHugePage;
    ::madvise(reinterpret_cast<void*>(address), usable, MADV_HUGEPAGE);
  }
  return {reinterpret_cast<void*>(address), usable, mapped, length};
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t n) override {
    void* p = n < kSmallest ? c10::alloc_cpu(n) : take(n);
    return {p, p, &CachingAllocator::release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &CachingAllocator::release; }
  void copy_data(void* to, const void* from, size_t n) const override { std::memcpy(to, from, n); }

  static CachingAllocator& instance() {
    // Never destroyed: tensors in other objects of static lifetime may outlive main.
    static auto* const allocator = new CachingAllocator;
    return *allocator;
  }

 private:
  using Cache = std::multimap<size_t, std::pair<int64_t, Block>>;  // by size; with the time of release

  static void release(void* p) {
    if (p != nullptr && !instance().give_back(p)) c10::free_cpu(p);
  }

  void* take(size_t n) {
    const std::lock_guard lock(mutex_);
    // A block may be a quarter larger than needed: micro-batches differ in length, and then sizes nearly
    // repeat.
    const auto found = cache_.lower_bound(n);
    Block block{};
    if (found != cache_.end() && found->first <= n + n / 4) {
      block = found->second.second;
      cached_ -= block.size;
      cache_.erase(found);
    } else {
      block = map_block(n);
    }
    in_use_ += block.size;
    most_in_use_ = std::max(most_in_use_, in_use_);
    live_.emplace(block.memory, block);
    return block.memory;
  }

  /// False if the heap owns p.
  bool give_back(void* p) {
    const std::lock_guard lock(mutex_);
    const auto found = live_.find(p);
    if (found == live_.end()) return false;
    const Block block = found->second;
    live_.erase(found);
    in_use_ -= block.size;
    cached_ += block.size;
    cache_.emplace(block.size, std::pair(++clock_, block));
    while (cached_ + in_use_ > most_in_use_ + std::max(kLeastCache, most_in_use_ / 4)) drop_oldest();
    return true;
  }

  void drop_oldest() {
    auto oldest = cache_.begin();
    for (auto it = std::next(oldest); it != cache_.end(); ++it)
      if (it->second.first < oldest->second.first) oldest = it;
    const Block block = oldest->second.second;
    cached_ -= block.size;
    cache_.erase(oldest);
    ::munmap(block.mapped, block.length);
  }

  std::mutex mutex_;
  Cache cache_;
  std::unordered_map<void*, Block> live_;
  size_t in_use_ = 0, most_in_use_ = 0, cached_ = 0;
  int64_t clock_ = 0;
};

}  // namespace

void use_caching_allocator() {
  c10::SetCPUAllocator(&CachingAllocator::instance(), /*priority=*/1);
}

}  // namespace fullshard::tensor
