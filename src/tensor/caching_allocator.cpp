#include "fullshard/tensor/caching_allocator.hpp"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <cstring>
#include <list>
#include <mutex>
#include <set>
#include <unordered_map>

#include "fullshard/core/pages.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::tensor {

namespace {

constexpr int64_t kSmallest = int64_t{128} << 10;  // smaller ones are the heap's, which keeps them
constexpr int64_t kGrain = 4096;
constexpr int64_t kLeastMapping = int64_t{32} << 20;
constexpr int64_t kLeastUnused = int64_t{64} << 20;

struct Mapping;

struct Piece {
  std::byte* memory;
  int64_t size;
  std::list<Mapping>::iterator mapping;
  bool used = false;
};

// Its pieces lie side by side, in this order, and no two neighbours are unused.
struct Mapping {
  Pages pages;
  int64_t size;
  std::list<Piece> pieces{};
};

using PieceRef = std::list<Piece>::iterator;

struct BySize {
  bool operator()(PieceRef a, PieceRef b) const {
    return a->size != b->size ? a->size < b->size : a->memory < b->memory;
  }
};

// Best fit over pieces that are split when taken and merged with their neighbours when given back.
class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t n) override {
    const auto size = static_cast<int64_t>(n);
    void* p = size < kSmallest ? c10::alloc_cpu(n) : take(round_up(size, kGrain));
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
  static void release(void* p) {
    if (p != nullptr && !instance().give_back(p)) c10::free_cpu(p);
  }

  void* take(int64_t size) {
    const std::lock_guard lock(mutex_);
    const PieceRef piece = smallest_unused(size);
    split(piece, size);
    piece->used = true;
    in_use_ += piece->size;
    most_in_use_ = std::max(most_in_use_, in_use_);
    used_.emplace(piece->memory, piece);
    return piece->memory;
  }

  /// False if the heap owns p.
  bool give_back(void* p) {
    const std::lock_guard lock(mutex_);
    const auto found = used_.find(p);
    if (found == used_.end()) return false;
    const PieceRef piece = found->second;
    used_.erase(found);
    in_use_ -= piece->size;
    piece->used = false;
    const PieceRef merged = merge(piece);
    unused_.insert(merged);
    const auto mapping = merged->mapping;
    if (merged->size == mapping->size && mapped_ > most_in_use_ + std::max(kLeastUnused, most_in_use_ / 4)) {
      unused_.erase(merged);
      mapped_ -= mapping->size;
      mappings_.erase(mapping);
    }
    return true;
  }

  // Out of `unused_`.
  PieceRef smallest_unused(int64_t size) {
    std::list<Piece> wanted{{nullptr, size, {}}};
    const auto found = unused_.lower_bound(wanted.begin());
    if (found != unused_.end()) {
      const PieceRef piece = *found;
      unused_.erase(found);
      return piece;
    }
    const int64_t length = round_up(std::max(size, kLeastMapping), kHugePage.value);
    const auto mapping = mappings_.insert(mappings_.end(), Mapping{Pages({length}), length});
    mapped_ += length;
    return mapping->pieces.insert(mapping->pieces.end(), {mapping->pages.data(), length, mapping});
  }

  void split(PieceRef piece, int64_t size) {
    if (piece->size - size < kSmallest) return;
    const PieceRef rest = piece->mapping->pieces.insert(
        std::next(piece), {piece->memory + size, piece->size - size, piece->mapping});
    piece->size = size;
    unused_.insert(rest);
  }

  PieceRef merge(PieceRef piece) {
    std::list<Piece>& pieces = piece->mapping->pieces;
    const PieceRef next = std::next(piece);
    if (next != pieces.end() && !next->used) {
      unused_.erase(next);
      absorb(piece, next);
    }
    if (piece == pieces.begin() || std::prev(piece)->used) return piece;
    const PieceRef previous = std::prev(piece);
    unused_.erase(previous);
    absorb(previous, piece);
    return previous;
  }

  static void absorb(PieceRef piece, PieceRef next) {
    piece->size += next->size;
    piece->mapping->pieces.erase(next);
  }

  std::mutex mutex_;
  std::list<Mapping> mappings_;
  std::set<PieceRef, BySize> unused_;
  std::unordered_map<void*, PieceRef> used_;
  int64_t mapped_ = 0, in_use_ = 0, most_in_use_ = 0;
};

}  // namespace

void use_caching_allocator() {
  c10::SetCPUAllocator(&CachingAllocator::instance(), /*priority=*/1);
}

}  // namespace fullshard::tensor
