#include <zstd.h>

#include <new>
#include <stdexcept>

#include "fullshard/core/handle.hpp"
#include "prepare/reading/packed_stream.hpp"

namespace fullshard::prepare {

namespace {

struct FreeStream {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

// Windows of up to 128 MiB, the library's own default: a file that needs more is refused rather than given
// memory.
class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
  }

  Unpacked unpack(std::span<const char> input, std::span<char> output) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left)) throw std::runtime_error(ZSTD_getErrorName(left));
    return {in.pos, out.pos, left == 0};
  }
  void reset() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }
  bool begins_member(std::string_view bytes) const override { return begins_zstd(bytes); }
  std::string name() const override { return "zstd"; }

 private:
  Handle<ZSTD_DCtx*, nullptr, FreeStream> context_;
};

}  // namespace

bool begins_zstd(std::string_view bytes) {
  const bool skipped = bytes.size() >= 4 && (bytes[0] & 0xF0) == 0x50 && bytes.substr(1, 3) == "\x2A\x4D\x18";
  return skipped || bytes.starts_with("\x28\xB5\x2F\xFD");
}

std::unique_ptr<Unpacker> zstd_unpacker() {
  return std::make_unique<ZstdUnpacker>();
}

}  // namespace fullshard::prepare
