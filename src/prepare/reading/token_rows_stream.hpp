#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "prepare/hdf5/token_columns.hpp"
#include "prepare/reading/plain_stream.hpp"

namespace fullshard::prepare {

/// Ready-made tokens of an HDF5 file as JSON lines, so that they take the way of all rows: row n is line n.
/// Every number has the same width, so where a line begins is arithmetic, and seeking costs nothing. Throws
/// DataError naming the row; what is wrong with offsets is said at once, whichever rows will be read.
class TokenRowsStream final : public ByteStream {
 public:
  explicit TokenRowsStream(const std::filesystem::path& path);
  size_t read(std::span<char> room) override;
  int64_t seek(int64_t offset) override;
  int64_t file_bytes_taken() const override;
  int64_t file_bytes() const override { return file_.file_bytes(); }

 private:
  struct Range {
    int64_t begin, end;
  };
  void require_rising_offsets();
  void require_offset(int64_t index, int64_t offset) const;
  void require_row(int64_t row, Range range) const;
  std::vector<int64_t> integers(const hdf5::Column& column, Range range);
  /// First token of a row, or the end of the last one.
  int64_t first_token(int64_t row);
  int64_t text_offset(int64_t row);
  void write_row(int64_t row);
  void write_list(std::string_view begin, const hdf5::Column& column, Range range);

  std::filesystem::path path_;
  PlainStream file_;
  hdf5::TokenColumns columns_;
  int64_t tokens_before_ = 0;  // the first row
  int64_t row_ = 0;            // the next to be written
  std::string pending_;        // written and not read yet
  size_t taken_ = 0;           // of it
};

}  // namespace fullshard::prepare
