#include "fullshard/prepare/pieces.hpp"

#include "fullshard/core/check.hpp"
#include "prepare/reading/row_cursor.hpp"

namespace fullshard::prepare {

struct PieceReader::State {
  PieceOptions options;
  std::unique_ptr<RowCursor> cursor;
  std::optional<RawRow> ahead;  // read, and of no piece yet
  int64_t number;               // of the next piece
};

PieceReader::PieceReader(const std::filesystem::path& path, const FileKind& kind, const PieceOptions& options)
    : PieceReader(open_stream(path, kind.container), kind.layout, path, options) {}

PieceReader::PieceReader(std::unique_ptr<ByteStream> bytes, Layout layout, const std::filesystem::path& path,
                         const PieceOptions& options) {
  FS_CHECK(options.piece.value > 0 && options.index >= 0 && options.index < options.of,
           "piece {} of {}, {} bytes", options.index, options.of, options.piece.value);
  auto cursor = make_cursor(std::move(bytes), layout, {path, options.longest_row});
  state_ = std::make_unique<State>(State{options, std::move(cursor), std::nullopt, options.index});
}

PieceReader::PieceReader(PieceReader&&) noexcept = default;
PieceReader& PieceReader::operator=(PieceReader&&) noexcept = default;
PieceReader::~PieceReader() = default;

std::optional<Piece> PieceReader::next() {
  auto& [options, cursor, ahead, number] = *state_;
  const int64_t begin = number * options.piece.value, end = begin + options.piece.value;
  if (!ahead || ahead->offset < begin) {
    cursor->skip_to(begin);
    ahead = cursor->next();
  }
  if (!ahead && begin >= cursor->end()) return std::nullopt;

  Piece piece;
  piece.number = number;
  for (; ahead && ahead->offset < end; ahead = cursor->next()) {
    const size_t at = piece.bytes.size();
    piece.bytes.append(ahead->text);
    piece.rows.push_back({at, ahead->text.size(), ahead->offset});
  }
  number += options.of;
  return piece;
}

int64_t PieceReader::file_bytes_taken() const {
  return state_->cursor->bytes().file_bytes_taken();
}

}  // namespace fullshard::prepare
