#include <fmt/format.h>

#include "fullshard/core/error.hpp"
#include "prepare/reading/row_cursor.hpp"

namespace fullshard::prepare {

namespace {

/// A text is one document, encoded as one: where it could be cut without changing its tokens depends on the
/// tokenizer (normalisation, a prefix of the first word, tokens that swallow blanks), so it is never cut.
class TextCursor final : public RowCursor {
 public:
  using RowCursor::RowCursor;

  std::optional<RawRow> next() override {
    if (given_) return std::nullopt;
    given_ = true;
    do {
      if (is_too_long(window_.view().size()))
        throw DataError(
            options_.path, 0,
            fmt::format("as a plain text this is one document, and longer than {}; make it JSON lines "
                        "{{\"text\": \"…\"}} with a document each, or a directory of shorter files "
                        "(split -C 8m '{}' part-)",
                        human(options_.longest_row), options_.path.string()));
    } while (window_.more());
    return RawRow{window_.offset(), window_.view()};
  }

  void skip_to(int64_t offset) override { given_ = given_ || offset > window_.offset(); }

  int64_t end() const override { return 1; }

 private:
  bool given_ = false;
};

}  // namespace

std::unique_ptr<RowCursor> text_cursor(std::unique_ptr<ByteStream> bytes, const CursorOptions& options) {
  return std::make_unique<TextCursor>(std::move(bytes), options);
}

}  // namespace fullshard::prepare
