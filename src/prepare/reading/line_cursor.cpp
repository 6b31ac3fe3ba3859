#include <algorithm>

#include "prepare/reading/row_cursor.hpp"

namespace fullshard::prepare {

namespace {

class LineCursor final : public RowCursor {
 public:
  using RowCursor::RowCursor;

  std::optional<RawRow> next() override {
    for (;;) {
      window_.drop(taken_);
      taken_ = 0;
      const size_t size = line_size();
      if (window_.view().empty()) return std::nullopt;
      taken_ = std::min(size + 1, window_.view().size());
      const std::string_view line = window_.view().substr(0, size);
      if (line.find_first_not_of(kBlank) != line.npos) return RawRow{window_.offset(), line};
    }
  }

  void skip_to(int64_t offset) override {
    if (window_.offset() + static_cast<int64_t>(taken_) >= offset) return;
    // The line that holds the byte before belongs to who reads that piece; here it only ends.
    window_.seek(offset - 1);
    for (size_t passed = 0;;) {
      const size_t end = std::min(window_.view().find('\n'), window_.view().size());
      passed += end;
      if (is_too_long(passed)) too_long(offset - 1, "the line");
      taken_ = std::min(end + 1, window_.view().size());
      if (taken_ > end) return;
      window_.drop(taken_);
      taken_ = 0;
      if (!window_.more()) return;
    }
  }

 private:
  // Of the line that begins the window, without its end.
  size_t line_size() {
    for (size_t looked = 0;;) {
      const size_t end = window_.view().find('\n', looked);
      looked = window_.view().size();
      if (is_too_long(std::min(end, looked))) too_long(window_.offset(), "the line");
      if (end != std::string_view::npos) return end;
      if (!window_.more()) return window_.view().size();
    }
  }

  size_t taken_ = 0;  // by the line that begins the window, with its end
};

}  // namespace

std::unique_ptr<RowCursor> line_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options) {
  return std::make_unique<LineCursor>(std::move(bytes), options);
}

}  // namespace fullshard::prepare
