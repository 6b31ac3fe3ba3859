#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/sizes.hpp"
#include "fullshard/prepare/file_kind.hpp"

namespace fullshard::prepare {

/// One row's text in a piece: an element of a JSON array, a line, a whole text.
struct Row {
  size_t begin = 0, size = 0;  ///< in Piece::bytes
  int64_t offset = 0;          ///< of its first byte in the file (unpacked)
};

/// Piece p of a file has the rows that begin in its bytes [p·S, (p+1)·S), S = PieceOptions::piece: which rows
/// that are depends on nothing but the file. A text is one row in one piece.
struct Piece {
  int64_t number = 0;
  std::string bytes;
  std::vector<Row> rows;

  std::string_view text(const Row& row) const { return {bytes.data() + row.begin, row.size}; }
};

struct PieceOptions {
  Bytes piece{8 << 20};
  /// The longest line, element or whole text that is taken into memory.
  Bytes longest_row{64 << 20};
  /// This reader takes the pieces with number % of == index.
  int64_t index = 0, of = 1;
};

/// The rows of a JSON lines, JSON array or text file in pieces, with memory for one row and one piece.
///
/// Speed    pieces of other readers cost nothing in a plain file of JSON lines; arrays and compressed files
///          are gone through from the beginning
/// Threads  one per reader; pieces are values
/// Throws   DataError with the line where a row is longer than the limit and where an array is cut short or
///          goes on with something else, and what ByteStream throws. What is inside a row is the caller's to
///          judge.
class PieceReader {
 public:
  PieceReader(const std::filesystem::path& path, const FileKind& kind, const PieceOptions& options = {});
  /// Over other bytes than a file's; `path` is for the errors.
  PieceReader(std::unique_ptr<ByteStream> bytes, Layout layout, const std::filesystem::path& path,
              const PieceOptions& options = {});
  PieceReader(PieceReader&&) noexcept;
  PieceReader& operator=(PieceReader&&) noexcept;
  ~PieceReader();

  /// The next piece of this reader's, in order, empty ones included; none behind the end.
  std::optional<Piece> next();

  /// Bytes of the file (as it is on disk) that have been read.
  int64_t file_bytes_taken() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The line, from 1, in which byte `offset` of the unpacked file lies; reads up to there.
int64_t line_at(const std::filesystem::path& path, Container container, int64_t offset);

}  // namespace fullshard::prepare
