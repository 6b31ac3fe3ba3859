#include <fmt/format.h>

#include <algorithm>
#include <queue>

#include "fullshard/core/error.hpp"
#include "tokenize/bpe.hpp"

namespace fullshard::tokenize {

namespace {

// Up to here scanning all pairs for the best one beats a heap.
constexpr size_t kShort = 48;

// `ranges` is null where nobody asks for them.
size_t merge_short(const MergeTable& merges, int32_t* ids, TextRange* ranges, size_t n) {
  std::array<MergeTable::Merge, kShort> pair;  // pair[i]: what ids[i] and ids[i + 1] merge to
  for (size_t i = 0; i + 1 < n; ++i) pair[i] = merges.find(ids[i], ids[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i)
      if (pair[i].rank < pair[best].rank) best = i;
    if (pair[best].rank == MergeTable::kNone) break;
    ids[best] = pair[best].id;
    if (ranges != nullptr) {
      ranges[best].end = ranges[best + 1].end;
      std::copy(ranges + best + 2, ranges + n, ranges + best + 1);
    }
    std::copy(ids + best + 2, ids + n, ids + best + 1);
    if (best + 2 < n) std::copy(&pair[best + 2], &pair[n - 1], &pair[best + 1]);
    --n;
    if (best > 0) pair[best - 1] = merges.find(ids[best - 1], ids[best]);
    if (best + 1 < n) pair[best] = merges.find(ids[best], ids[best + 1]);
  }
  return n;
}

// A heap of candidates over a doubly linked list; a candidate whose pair has changed since is dropped when it
// comes up. Candidates are rank and place in one number, and links are 32 bits wide: a word of many megabytes
// is all cache misses.
class LongMerge {
 public:
  LongMerge(const MergeTable& merges, const int32_t* ids, size_t n) : merges_(merges), symbols_(n) {
    const auto count = static_cast<uint32_t>(n);
    for (uint32_t i = 0; i < count; ++i) symbols_[i] = {ids[i], i == 0 ? kNobody : i - 1, i + 1};
    symbols_.back().next = kNobody;
    std::vector<uint64_t> candidates;
    candidates.reserve(n);
    for (uint32_t i = 0; i + 1 < count; ++i)
      if (const auto m = find(i); m.rank != MergeTable::kNone) candidates.push_back(candidate(m.rank, i));
    queue_ = Queue(std::greater<>{}, std::move(candidates));
  }

  /// Ids, and ranges where there are some, are those of the constructor's; both are overwritten.
  size_t run(int32_t* ids, TextRange* ranges) {
    merge();
    size_t n = 0;
    for (uint32_t i = 0; i != kNobody; i = symbols_[i].next, ++n) {
      ids[n] = symbols_[i].id;
      const size_t end = symbols_[i].next == kNobody ? symbols_.size() : symbols_[i].next;
      if (ranges != nullptr) ranges[n] = {ranges[i].begin, ranges[end - 1].end};
    }
    return n;
  }

 private:
  struct Symbol {
    int32_t id;  // -1: merged into its left neighbour
    uint32_t previous, next;
  };
  using Queue = std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>>;
  static constexpr uint32_t kNobody = UINT32_MAX;

  // Orders by rank, then from the left.
  static uint64_t candidate(int32_t rank, uint32_t left) {
    return uint64_t{static_cast<uint32_t>(rank)} << 32 | left;
  }
  MergeTable::Merge find(uint32_t left) const {
    return merges_.find(symbols_[left].id, symbols_[symbols_[left].next].id);
  }
  void push(uint32_t left) {
    if (const auto m = find(left); m.rank != MergeTable::kNone) queue_.push(candidate(m.rank, left));
  }
  void merge() {
    while (!queue_.empty()) {
      const uint64_t best = queue_.top();
      queue_.pop();
      const auto left = static_cast<uint32_t>(best);
      if (symbols_[left].id < 0 || symbols_[left].next == kNobody) continue;
      const MergeTable::Merge now = find(left);
      if (candidate(now.rank, left) == best) join(left, now.id);
    }
  }
  void join(uint32_t at, int32_t id) {
    Symbol& left = symbols_[at];
    Symbol& right = symbols_[left.next];
    left.id = id;
    left.next = right.next;
    right.id = -1;
    if (left.next != kNobody) {
      symbols_[left.next].previous = at;
      push(at);
    }
    if (left.previous != kNobody) push(left.previous);
  }

  const MergeTable& merges_;
  std::vector<Symbol> symbols_;
  Queue queue_;
};

// Merges n ids in place and says how many are left.
size_t merge_word(const MergeTable& merges, int32_t* ids, TextRange* ranges, size_t n) {
  if (n < 2) return n;
  if (n <= kShort) return merge_short(merges, ids, ranges, n);
  if (n >= UINT32_MAX)
    throw Error(
        ExitCode::Refused,
        fmt::format("a word of {} characters: expected fewer than {}; split the text", n, UINT32_MAX));
  return LongMerge(merges, ids, n).run(ids, ranges);
}

}  // namespace

void merge_all(const MergeTable& merges, std::vector<int32_t>& ids, size_t from) {
  ids.resize(from + merge_word(merges, ids.data() + from, nullptr, ids.size() - from));
}

void merge_all(const MergeTable& merges, Encoding& tokens, size_t from) {
  const size_t left =
      merge_word(merges, tokens.ids.data() + from, tokens.ranges.data() + from, tokens.ids.size() - from);
  tokens.ids.resize(from + left);
  tokens.ranges.resize(from + left);
}

}  // namespace fullshard::tokenize
