#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fullshard::tokenize {

/// Which pairs of tokens merge, in which order of precedence, into which token. A flat hash table: encoding
/// is little else than looking up pairs in it.
class MergeTable {
 public:
  struct Merge {
    int32_t rank = kNone;  ///< lower merges first
    int32_t id = -1;
  };
  static constexpr int32_t kNone = INT32_MAX;

  explicit MergeTable(int64_t merges = 0);
  /// The later of two equal pairs holds.
  void set(int32_t left, int32_t right, Merge merge);
  /// A merge of rank kNone where the pair does not merge.
  Merge find(int32_t left, int32_t right) const {
    const uint64_t key = key_of(left, right);
    for (size_t s = hash(key) & mask_;; s = (s + 1) & mask_) {
      if (slots_[s].key == key) return slots_[s].merge;
      if (slots_[s].key == kFree) return {};
    }
  }

 private:
  struct Slot {
    uint64_t key = kFree;
    Merge merge;
  };
  static constexpr uint64_t kFree = ~uint64_t{0};
  static uint64_t key_of(int32_t left, int32_t right) {
    return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
  }
  // Fibonacci hashing (Knuth, TAOCP 3, 6.4), high half folded down.
  static size_t hash(uint64_t key) {
    key *= 0x9E3779B97F4A7C15;
    return static_cast<size_t>(key ^ key >> 32);
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

}  // namespace fullshard::tokenize
