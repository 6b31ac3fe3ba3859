#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fullshard::data {

/// Samples in rows: row r holds samples[row_ends[r - 1]] to samples[row_ends[r] - 1], the first one from 0.
/// Every sample is in exactly one row; inside a row they rise, and rows are ordered by their first sample.
struct Rows {
  std::vector<uint32_t> samples;
  std::vector<uint32_t> row_ends;

  int64_t count() const { return static_cast<int64_t>(row_ends.size()); }
  std::span<const uint32_t> operator[](int64_t row) const;
};

/// Puts samples of these lengths into few rows of at most `capacity` tokens: best fit decreasing, in
/// O(n log capacity) and about 17 bytes a sample. Equal lengths keep their order, so the result is a function
/// of the arguments alone.
///
/// Throws  InternalError unless every length is from 1 to `capacity`, or with 2³² samples or more
/// Source  Johnson, "Near-optimal bin packing algorithms", MIT 1973: at most 11/9 of the best plus 4 rows
Rows pack(std::span<const int32_t> lengths, int64_t capacity);

}  // namespace fullshard::data
