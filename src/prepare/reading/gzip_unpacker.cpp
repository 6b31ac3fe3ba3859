#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>

#include "prepare/reading/packed_stream.hpp"

namespace fullshard::prepare {

namespace {

constexpr int kGzipOnly =
    15 + 16;  // zlib.h, inflateInit2: the largest window, and gzip's header and checksum

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Unpacked unpack(std::span<const char> input, std::span<char> output) override {
    constexpr size_t kMost = std::numeric_limits<uInt>::max();
    const auto in = static_cast<uInt>(std::min(input.size(), kMost));
    const auto out = static_cast<uInt>(std::min(output.size(), kMost));
    stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = out;
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
    // Z_BUF_ERROR: no input, or no room; neither is a fault.
    if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR)
      throw std::runtime_error(stream_.msg != nullptr ? stream_.msg : "the data is damaged");
    return {in - stream_.avail_in, out - stream_.avail_out, outcome == Z_STREAM_END};
  }
  void reset() override { inflateReset(&stream_); }
  bool begins_member(std::string_view bytes) const override { return bytes.starts_with("\x1F\x8B"); }
  std::string name() const override { return "gzip"; }

 private:
  z_stream stream_{};
};

}  // namespace

std::unique_ptr<Unpacker> gzip_unpacker() {
  return std::make_unique<GzipUnpacker>();
}

}  // namespace fullshard::prepare
