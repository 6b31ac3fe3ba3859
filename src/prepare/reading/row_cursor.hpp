#pragma once

#include <filesystem>
#include <map>
#include <optional>

#include "fullshard/core/sizes.hpp"
#include "fullshard/prepare/file_kind.hpp"
#include "prepare/reading/window.hpp"

namespace fullshard::prepare {

/// A row as it lies in the window: valid until the cursor moves.
struct RawRow {
  int64_t offset;
  std::string_view text;
};

/// How many lines begin in each stretch of `piece` bytes.
class LineCount {
 public:
  explicit LineCount(int64_t piece) : piece_(piece) {}
  void line_begins(int64_t offset) { ++counts_[offset / piece_]; }
  /// Every line that begins behind a line end in `text`, which lies at `offset`.
  void lines_begin_in(std::string_view text, int64_t offset);
  int64_t of(int64_t piece) const;
  void forget_before(int64_t piece) { counts_.erase(counts_.begin(), counts_.lower_bound(piece)); }

 private:
  int64_t piece_;
  std::map<int64_t, int64_t> counts_;  // of the few pieces that are being read
};

/// What a cursor is told.
struct CursorOptions {
  std::filesystem::path path;
  Bytes longest_row;
  int64_t piece;
};

/// Goes through the rows of one layout.
class RowCursor {
 public:
  RowCursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options);
  virtual ~RowCursor() = default;
  virtual std::optional<RawRow> next() = 0;
  /// The next row will be the first that begins at `offset` or behind it.
  virtual void skip_to(int64_t offset) = 0;
  /// After next() gave none: the offset from which on no piece begins.
  virtual int64_t end() const { return window_.offset(); }

  LineCount& lines() { return lines_; }
  const ByteStream& bytes() const { return window_.bytes(); }

 protected:
  /// Drops `count` bytes and counts the lines in them.
  void pass(size_t count);
  [[noreturn]] void fail_at(int64_t offset, const std::string& message);
  [[noreturn]] void too_long(int64_t offset, const char* what);
  bool is_too_long(size_t bytes) const { return static_cast<int64_t>(bytes) > options_.longest_row.value; }

  CursorOptions options_;
  Window window_;
  LineCount lines_;
};

std::unique_ptr<RowCursor> make_cursor(std::unique_ptr<ByteStream> bytes, Layout layout,
                                       const CursorOptions& options);
std::unique_ptr<RowCursor> line_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options);
std::unique_ptr<RowCursor> element_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options);
std::unique_ptr<RowCursor> text_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options);

/// The line, from 1, in which `offset` lies.
int64_t line_at(ByteStream& bytes, int64_t offset);

constexpr std::string_view kBlank = " \t\r\n";

}  // namespace fullshard::prepare
