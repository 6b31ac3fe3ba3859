#pragma once

#include <optional>
#include <string>
#include <vector>

#include "prepare/reading/plain_stream.hpp"

namespace fullshard::prepare {

/// What a decompressor did with a part of its input.
struct Unpacked {
  size_t taken = 0;    ///< bytes of the input
  size_t given = 0;    ///< bytes of the output
  bool ended = false;  ///< a member (gzip) or frame (zstd) is whole
};

/// One member or frame after the other; see GzipUnpacker, ZstdUnpacker.
class Unpacker {
 public:
  virtual ~Unpacker() = default;
  virtual Unpacked unpack(std::span<const char> input, std::span<char> output) = 0;
  /// Before the next member.
  virtual void reset() = 0;
  /// Whether another member may begin with these bytes.
  virtual bool begins_member(std::string_view bytes) const = 0;
  virtual std::string name() const = 0;
};

/// Throws what `open_stream` says; the unpacker's own complaint is a std::runtime_error.
class PackedStream final : public ByteStream {
 public:
  PackedStream(const std::filesystem::path& path, std::unique_ptr<Unpacker> unpacker);
  size_t read(std::span<char> room) override;
  int64_t seek(int64_t offset) override;
  int64_t file_bytes_taken() const override { return file_.file_bytes_taken(); }
  int64_t file_bytes() const override { return file_.file_bytes(); }

 private:
  bool fill();
  void next_member();
  Unpacked unpack(std::span<char> output);

  std::filesystem::path path_;
  PlainStream file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::vector<char> input_;
  std::span<const char> pending_;  // of input_
  bool inside_ = false;            // of a member
  int64_t at_ = 0;
};

std::unique_ptr<Unpacker> gzip_unpacker();
std::unique_ptr<Unpacker> zstd_unpacker();
/// A frame, or one that is to be skipped (0x184D2A50 to 0x184D2A5F, RFC 8878).
bool begins_zstd(std::string_view bytes);

}  // namespace fullshard::prepare
