#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace fullshard::prepare {

/// In what the rows of a file lie: as they are, compressed, or as the numbers of an HDF5 file, which are read
/// as the JSON lines that they stand for.
enum class Container { Plain, Gzip, Zstd, Hdf5 };

/// The bytes of a file from its beginning, unpacked where it is compressed. Not for several threads.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Fills as much of `room` as there is; fewer bytes than its size only at the end.
  /// Throws IoError, and DataError where compressed bytes are damaged or cut short.
  virtual size_t read(std::span<char> room) = 0;
  /// Goes on at byte `offset` of what is read, or at the end if that comes first, and returns where. At no
  /// cost in a plain file; a compressed one is unpacked up to there, from its beginning where `offset` lies
  /// behind.
  virtual int64_t seek(int64_t offset) = 0;
  /// Bytes of the file itself that have been taken so far, and all of them: for progress.
  virtual int64_t file_bytes_taken() const = 0;
  virtual int64_t file_bytes() const = 0;
};

/// Opens a regular file. What grows behind the size it has now is not read.
std::unique_ptr<ByteStream> open_stream(const std::filesystem::path& path, Container container);

}  // namespace fullshard::prepare
