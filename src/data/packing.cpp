#include "fullshard/data/packing.hpp"

#include <bit>
#include <limits>
#include <utility>

#include "fullshard/core/check.hpp"

namespace fullshard::data {

namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

/// A set of numbers below `size` that finds the smallest member from a number on: 64 members to a word, 64
/// words to a word above.
class SortedSet {
 public:
  explicit SortedSet(int64_t size) {
    do {
      size = size / 64 + 1;
      levels_.emplace_back(static_cast<size_t>(size), 0);
    } while (size > 1);
  }
  void insert(size_t x) {
    for (auto& level : levels_) {
      level[x / 64] |= uint64_t{1} << (x % 64);
      x /= 64;
    }
  }
  void erase(size_t x) {
    for (auto& level : levels_) {
      level[x / 64] &= ~(uint64_t{1} << (x % 64));
      if (level[x / 64] != 0) return;
      x /= 64;
    }
  }
  /// kNone if there is none.
  uint32_t next(size_t x) const {
    for (size_t l = 0; l < levels_.size(); ++l) {
      if (x / 64 >= levels_[l].size()) return kNone;
      const uint64_t from_x = levels_[l][x / 64] >> (x % 64);
      if (from_x != 0) return down(l, x + static_cast<size_t>(std::countr_zero(from_x)));
      x = x / 64 + 1;  // the words behind this one, one level up
    }
    return kNone;
  }

 private:
  uint32_t down(size_t level, size_t x) const {
    while (level-- > 0) x = x * 64 + static_cast<size_t>(std::countr_zero(levels_[level][x]));
    return static_cast<uint32_t>(x);
  }
  std::vector<std::vector<uint64_t>> levels_;
};

/// Rows under way, in stacks of equal room.
class OpenRows {
 public:
  explicit OpenRows(int64_t capacity)
      : top_(static_cast<size_t>(capacity) + 1, kNone), rooms_(capacity + 1) {}

  /// The row in which `length` leaves the least room, a new one if it fits in none; the room is taken.
  uint32_t place(uint32_t length) {
    const uint32_t room = rooms_.next(length);
    uint32_t row = count_;
    if (room == kNone) {
      ++count_;
      below_.push_back(kNone);
    } else {
      row = top_[room];
      top_[room] = below_[row];
      if (top_[room] == kNone) rooms_.erase(room);
    }
    const size_t left = (room == kNone ? top_.size() - 1 : room) - length;
    if (left > 0) {  // a full row is never asked for again
      below_[row] = std::exchange(top_[left], row);
      rooms_.insert(left);
    }
    return row;
  }

 private:
  std::vector<uint32_t> top_;    // [capacity + 1] by room
  std::vector<uint32_t> below_;  // [rows]
  SortedSet rooms_;
  uint32_t count_ = 0;
};

// Indices of the samples, longest first, equal ones in order.
std::vector<uint32_t> by_falling_length(std::span<const int32_t> lengths, int64_t capacity) {
  std::vector<uint32_t> begin(static_cast<size_t>(capacity) + 2, 0);
  for (const int32_t length : lengths) {
    FS_CHECK(length >= 1 && length <= capacity, "a sample of {} tokens for rows of {}", length, capacity);
    ++begin[static_cast<size_t>(capacity - length) + 1];
  }
  for (size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
  std::vector<uint32_t> order(lengths.size());
  for (uint32_t i = 0; i < lengths.size(); ++i)
    order[begin[static_cast<size_t>(capacity - lengths[i])]++] = i;
  return order;
}

}  // namespace

std::span<const uint32_t> Rows::operator[](int64_t row) const {
  FS_CHECK(row >= 0 && row < count(), "row {} of {}", row, count());
  const auto r = static_cast<size_t>(row);
  const uint32_t begin = r == 0 ? 0 : row_ends[r - 1];
  return std::span(samples).subspan(begin, row_ends[r] - begin);
}

Rows pack(std::span<const int32_t> lengths, int64_t capacity) {
  FS_CHECK(lengths.size() < kNone && capacity >= 1 && capacity < std::numeric_limits<int32_t>::max(),
           "{} samples in rows of {}", lengths.size(), capacity);
  std::vector<uint32_t> order = by_falling_length(lengths, capacity);
  std::vector<uint32_t> row_of(lengths.size());
  OpenRows open(capacity);
  for (const uint32_t i : order) row_of[i] = open.place(static_cast<uint32_t>(lengths[i]));

  // Rows get their numbers in the order in which samples meet them first; the samples then follow by
  // counting.
  Rows rows;
  std::vector<uint32_t> number(lengths.size(), kNone);
  for (uint32_t& row : row_of) {
    if (number[row] == kNone) {
      number[row] = static_cast<uint32_t>(rows.row_ends.size());
      rows.row_ends.push_back(0);
    }
    row = number[row];
    ++rows.row_ends[row];
  }
  uint32_t at = 0;
  for (uint32_t& end : rows.row_ends) at += std::exchange(end, at);  // begins, for now
  rows.samples = std::move(order);
  for (uint32_t i = 0; i < row_of.size(); ++i) rows.samples[rows.row_ends[row_of[i]]++] = i;
  return rows;
}

}  // namespace fullshard::data
