#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace fullshard::prepare::hdf5 {

/// Where the integers of a dataset lie in their file, one behind the other, in little-endian order.
struct Column {
  int64_t at = 0;     ///< byte of the first
  int64_t count = 0;  ///< of all of them
  int bytes = 4;
  bool is_signed = true;
};

/// The datasets of ready-made tokens.
struct TokenColumns {
  Column ids;
  std::optional<Column> labels;
  std::optional<Column> mask;  ///< attention_mask
  int64_t rows = 0;
  int64_t length = 0;             ///< of every row, where there are no offsets
  std::optional<Column> offsets;  ///< rows + 1: where each row begins, and where the last one ends
};

/// Reads what the file says of its datasets. Throws DataError where they are not there, or are no plain
/// integers.
TokenColumns token_columns(const std::filesystem::path& path);

}  // namespace fullshard::prepare::hdf5
