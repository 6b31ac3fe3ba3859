#include "prepare/reading/token_rows_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "fullshard/core/error.hpp"

namespace fullshard::prepare {

namespace {

constexpr std::string_view kIds = "{\"input_ids\":[", kLabels = "],\"labels\":[",
                           kMask = "],\"attention_mask\":[", kEnd = "]}\n";
constexpr int64_t kWidth = 12;  // "-2147483648" and what follows it
// Tokens of a row with one or two lists, and with a mask: less text than the rows that PieceReader takes.
constexpr int64_t kLongestRow = 2 << 20, kLongestWithMask = 3 << 19;
constexpr int64_t kOffsetsAtOnce = 64 << 10;

int64_t decoded(const char* bytes, const hdf5::Column& column) {
  uint64_t raw = 0;
  std::memcpy(&raw, bytes, static_cast<size_t>(column.bytes));
  const int unused = 64 - 8 * column.bytes;
  if (column.is_signed) return static_cast<int64_t>(raw << unused) >> unused;
  return raw > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
             ? std::numeric_limits<int64_t>::max()
             : static_cast<int64_t>(raw);
}

}  // namespace

TokenRowsStream::TokenRowsStream(const std::filesystem::path& path)
    : path_(path), file_(path), columns_(hdf5::token_columns(path)) {
  if (columns_.offsets) require_rising_offsets();
  tokens_before_ = first_token(0);
}

// All of them, by every reader, so that all refuse the same row: seeking divides the rows in halves, and
// where offsets fall it would pass over some. They are few beside the tokens.
void TokenRowsStream::require_rising_offsets() {
  int64_t begin = first_token(0);
  for (int64_t row = 0; row < columns_.rows;) {
    const int64_t end = std::min(row + kOffsetsAtOnce, columns_.rows);
    for (const int64_t offset : integers(*columns_.offsets, {row + 1, end + 1})) {
      require_offset(row + 1, offset);
      require_row(row++, {begin, offset});
      begin = offset;
    }
  }
}

void TokenRowsStream::require_offset(int64_t index, int64_t offset) const {
  if (offset < 0 || offset > columns_.ids.count)
    throw DataError(path_, std::min(index + 1, columns_.rows),
                    fmt::format("offsets: expected 0 to {}, the number of input_ids, found {}",
                                columns_.ids.count, offset));
}

void TokenRowsStream::require_row(int64_t row, Range range) const {
  const int64_t longest = columns_.mask ? kLongestWithMask : kLongestRow;
  if (range.end < range.begin)
    throw DataError(
        path_, row + 1,
        fmt::format("offsets: expected them to rise, found {} and then {}; behind files that were "
                    "put end to end, add the number of tokens before",
                    range.begin, range.end));
  if (range.end - range.begin > longest)
    throw DataError(path_, row + 1,
                    fmt::format("expected a row of 0 to {} tokens, found {}; split it", longest,
                                range.end - range.begin));
}

int64_t TokenRowsStream::file_bytes_taken() const {
  const double share = static_cast<double>(row_) / static_cast<double>(std::max<int64_t>(columns_.rows, 1));
  return static_cast<int64_t>(share * static_cast<double>(file_.file_bytes()));
}

std::vector<int64_t> TokenRowsStream::integers(const hdf5::Column& column, Range range) {
  std::vector<char> bytes(static_cast<size_t>((range.end - range.begin) * column.bytes));
  file_.seek(column.at + range.begin * column.bytes);
  file_.read(bytes);
  std::vector<int64_t> out;
  out.reserve(static_cast<size_t>(range.end - range.begin));
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(column.bytes))
    out.push_back(decoded(bytes.data() + at, column));
  return out;
}

int64_t TokenRowsStream::first_token(int64_t row) {
  if (!columns_.offsets) return row * columns_.length;
  const int64_t first = integers(*columns_.offsets, {row, row + 1}).front();
  require_offset(row, first);
  return first;
}

int64_t TokenRowsStream::text_offset(int64_t row) {
  auto frame = static_cast<int64_t>(kIds.size() + kEnd.size());
  int64_t lists = 1;
  if (columns_.labels) frame += std::ssize(kLabels), ++lists;
  if (columns_.mask) frame += std::ssize(kMask), ++lists;
  return row * frame + (first_token(row) - tokens_before_) * kWidth * lists;
}

void TokenRowsStream::write_list(std::string_view begin, const hdf5::Column& column, Range range) {
  pending_ += begin;
  const std::vector<int64_t> values = integers(column, range);
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] < std::numeric_limits<int32_t>::min() || values[i] > std::numeric_limits<int32_t>::max())
      throw DataError(path_, row_ + 1, fmt::format("element {} is not a 32-bit integer: {}", i, values[i]));
    fmt::format_to(std::back_inserter(pending_), "{:>11}{}", values[i], i + 1 < values.size() ? ',' : ' ');
  }
}

void TokenRowsStream::write_row(int64_t row) {
  const Range range{first_token(row), first_token(row + 1)};
  require_row(row, range);
  pending_.clear();
  taken_ = 0;
  write_list(kIds, columns_.ids, range);
  if (columns_.labels) write_list(kLabels, *columns_.labels, range);
  if (columns_.mask) write_list(kMask, *columns_.mask, range);
  pending_ += kEnd;
}

size_t TokenRowsStream::read(std::span<char> room) {
  size_t given = 0;
  while (given < room.size()) {
    if (taken_ == pending_.size()) {
      if (row_ == columns_.rows) break;
      write_row(row_);
      ++row_;
    }
    const size_t n = pending_.copy(room.data() + given, room.size() - given, taken_);
    taken_ += n;
    given += n;
  }
  return given;
}

int64_t TokenRowsStream::seek(int64_t offset) {
  pending_.clear();
  taken_ = 0;
  // The last row that begins at the offset or before it.
  int64_t below = 0, above = columns_.rows;
  while (below < above) {
    const int64_t middle = below + (above - below) / 2;
    if (text_offset(middle + 1) <= offset)
      below = middle + 1;
    else
      above = middle;
  }
  row_ = below;
  const int64_t begin = text_offset(row_);
  if (row_ == columns_.rows) return begin;
  write_row(row_++);
  taken_ = std::min(static_cast<size_t>(std::max<int64_t>(offset - begin, 0)), pending_.size());
  return begin + static_cast<int64_t>(taken_);
}

}  // namespace fullshard::prepare
