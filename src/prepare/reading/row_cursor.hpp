#pragma once

#include <filesystem>
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

/// What a cursor is told.
struct CursorOptions {
  std::filesystem::path path;
  Bytes longest_row;
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

  const ByteStream& bytes() const { return window_.bytes(); }

 protected:
  [[noreturn]] void fail_at(int64_t offset, const std::string& message);
  [[noreturn]] void too_long(int64_t offset, const char* what);
  bool is_too_long(size_t bytes) const { return static_cast<int64_t>(bytes) > options_.longest_row.value; }

  CursorOptions options_;
  Window window_;
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
