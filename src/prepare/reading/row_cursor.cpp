#include "prepare/reading/row_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "fullshard/core/error.hpp"
#include "fullshard/prepare/pieces.hpp"

namespace fullshard::prepare {

RowCursor::RowCursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options)
    : options_(options), window_(std::move(bytes)) {
  window_.more();
  if (window_.view().starts_with("\xEF\xBB\xBF")) window_.drop(3);
}

void RowCursor::fail_at(int64_t offset, const std::string& message) {
  throw DataError(options_.path, line_at(window_.bytes(), offset), message);
}

void RowCursor::too_long(int64_t offset, const char* what) {
  fail_at(offset,
          fmt::format("{} at byte {} is longer than {}; a row is one sample or one document: split it", what,
                      offset, human(options_.longest_row)));
}

std::unique_ptr<RowCursor> make_cursor(std::unique_ptr<ByteStream> bytes, Layout layout,
                                       const CursorOptions& options) {
  if (layout == Layout::JsonLines) return line_cursor(std::move(bytes), options);
  if (layout == Layout::JsonArray) return element_cursor(std::move(bytes), options);
  return text_cursor(std::move(bytes), options);
}

int64_t line_at(ByteStream& bytes, int64_t offset) {
  bytes.seek(0);
  std::array<char, 32 << 10> room;
  int64_t line = 1;
  for (int64_t at = 0; at < offset;) {
    const auto wanted =
        static_cast<size_t>(std::min<int64_t>(offset - at, static_cast<int64_t>(room.size())));
    const size_t n = bytes.read(std::span(room).first(wanted));
    if (n == 0) break;
    line += std::count(room.begin(), room.begin() + static_cast<int64_t>(n), '\n');
    at += static_cast<int64_t>(n);
  }
  return line;
}

int64_t line_at(const std::filesystem::path& path, Container container, int64_t offset) {
  return line_at(*open_stream(path, container), offset);
}

}  // namespace fullshard::prepare
