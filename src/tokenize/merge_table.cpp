#include "tokenize/merge_table.hpp"

#include <bit>

#include "fullshard/core/check.hpp"

namespace fullshard::tokenize {

MergeTable::MergeTable(int64_t merges) : slots_(std::bit_ceil(static_cast<size_t>(merges) * 2 + 16)) {
  mask_ = slots_.size() - 1;
}

void MergeTable::set(int32_t left, int32_t right, Merge merge) {
  FS_CHECK(left >= 0 && right >= 0, "merge of tokens {} and {}", left, right);
  const uint64_t key = key_of(left, right);
  size_t s = hash(key) & mask_;
  while (slots_[s].key != kFree && slots_[s].key != key) s = (s + 1) & mask_;
  slots_[s] = {key, merge};
}

}  // namespace fullshard::tokenize
