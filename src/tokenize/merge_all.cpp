#include <algorithm>
#include <queue>

#include "tokenize/bpe.hpp"

namespace fullshard::tokenize {

namespace {

// Up to here scanning all pairs for the best one beats a heap.
constexpr size_t kShort = 48;

size_t merge_short(const MergeTable& merges, int32_t* ids, size_t n) {
  std::array<MergeTable::Merge, kShort> pair;  // pair[i]: what ids[i] and ids[i + 1] merge to
  for (size_t i = 0; i + 1 < n; ++i) pair[i] = merges.find(ids[i], ids[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i)
      if (pair[i].rank < pair[best].rank) best = i;
    if (pair[best].rank == MergeTable::kNone) break;
    ids[best] = pair[best].id;
    std::copy(ids + best + 2, ids + n, ids + best + 1);
    if (best + 2 < n) std::copy(&pair[best + 2], &pair[n - 1], &pair[best + 1]);
    --n;
    if (best > 0) pair[best - 1] = merges.find(ids[best - 1], ids[best]);
    if (best + 1 < n) pair[best] = merges.find(ids[best], ids[best + 1]);
  }
  return n;
}

struct Candidate {
  int32_t rank;
  int32_t id;
  int64_t left;
  bool operator>(const Candidate& o) const { return rank != o.rank ? rank > o.rank : left > o.left; }
};

struct Symbol {
  int32_t id;  // -1: merged into its left neighbour
  int64_t previous, next;
};

// A heap of candidates over a doubly linked list; a candidate whose pair has changed since is dropped when it
// comes up.
class LongMerge {
 public:
  LongMerge(const MergeTable& merges, const int32_t* ids, size_t n) : merges_(merges), symbols_(n) {
    const auto count = static_cast<int64_t>(n);
    for (int64_t i = 0; i < count; ++i) symbols_[i] = {ids[i], i - 1, i + 1 < count ? i + 1 : -1};
    std::vector<Candidate> candidates;
    candidates.reserve(n);
    for (int64_t i = 0; i + 1 < count; ++i)
      if (const auto m = find(i); m.rank != MergeTable::kNone) candidates.push_back({m.rank, m.id, i});
    queue_ = Queue(std::greater<>{}, std::move(candidates));
  }

  /// Ids, and ranges where there are some, are those of the constructor's; both are overwritten.
  size_t run(int32_t* ids, TextRange* ranges) {
    merge();
    size_t n = 0;
    for (int64_t i = 0; i >= 0; i = symbols_[i].next, ++n) {
      ids[n] = symbols_[i].id;
      const int64_t end = symbols_[i].next < 0 ? static_cast<int64_t>(symbols_.size()) : symbols_[i].next;
      if (ranges != nullptr) ranges[n] = {ranges[i].begin, ranges[end - 1].end};
    }
    return n;
  }

 private:
  void merge() {
    while (!queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      if (symbols_[best.left].id < 0 || symbols_[best.left].next < 0) continue;
      if (const auto now = find(best.left); now.rank == MergeTable::kNone || now.id != best.id) continue;
      merge(best);
    }
  }
  using Queue = std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>>;

  MergeTable::Merge find(int64_t left) const {
    return merges_.find(symbols_[left].id, symbols_[symbols_[left].next].id);
  }
  void push(int64_t left) {
    if (const auto m = find(left); m.rank != MergeTable::kNone) queue_.push({m.rank, m.id, left});
  }
  void merge(const Candidate& best) {
    Symbol& left = symbols_[best.left];
    Symbol& right = symbols_[left.next];
    left.id = best.id;
    left.next = right.next;
    right.id = -1;
    if (left.next >= 0) {
      symbols_[left.next].previous = best.left;
      push(best.left);
    }
    if (left.previous >= 0) push(left.previous);
  }

  struct Symbols : std::vector<Symbol> {
    using std::vector<Symbol>::vector;
    Symbol& operator[](int64_t i) { return std::vector<Symbol>::operator[](static_cast<size_t>(i)); }
    const Symbol& operator[](int64_t i) const {
      return std::vector<Symbol>::operator[](static_cast<size_t>(i));
    }
  };

  const MergeTable& merges_;
  Symbols symbols_;
  Queue queue_;
};

}  // namespace

void merge_all(const MergeTable& merges, std::vector<int32_t>& ids, size_t from) {
  const size_t n = ids.size() - from;
  if (n < 2) return;
  int32_t* first = ids.data() + from;
  const size_t left =
      n <= kShort ? merge_short(merges, first, n) : LongMerge(merges, first, n).run(first, nullptr);
  ids.resize(from + left);
}

void merge_all(const MergeTable& merges, Encoding& tokens, size_t from) {
  const size_t n = tokens.ids.size() - from;
  if (n < 2) return;
  int32_t* first = tokens.ids.data() + from;
  const size_t left = LongMerge(merges, first, n).run(first, tokens.ranges.data() + from);
  tokens.ids.resize(from + left);
  tokens.ranges.resize(from + left);
}

}  // namespace fullshard::tokenize
