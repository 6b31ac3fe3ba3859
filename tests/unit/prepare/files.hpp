#pragma once
// Small files of every kind, for the tests of this folder.

#include <zlib.h>
#include <zstd.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/prepare/byte_stream.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::prepare::test {

inline std::filesystem::path write(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

inline std::string gzip(std::string_view content) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zstd(std::string_view content) {
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 3));
  return out;
}

/// Bytes that are no file's.
class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(std::string content) : content_(std::move(content)) {}
  size_t read(std::span<char> room) override {
    const size_t n = content_.copy(room.data(), room.size(), static_cast<size_t>(at_));
    at_ += static_cast<int64_t>(n);
    return n;
  }
  int64_t seek(int64_t offset) override { return at_ = std::min(offset, file_bytes()); }
  int64_t file_bytes_taken() const override { return at_; }
  int64_t file_bytes() const override { return static_cast<int64_t>(content_.size()); }

 private:
  std::string content_;
  int64_t at_ = 0;
};

}  // namespace fullshard::prepare::test
