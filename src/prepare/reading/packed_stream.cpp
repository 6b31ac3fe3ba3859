#include "prepare/reading/packed_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "fullshard/core/error.hpp"
#include "prepare/reading/token_rows_stream.hpp"

namespace fullshard::prepare {

namespace {

constexpr size_t kInput = 256 << 10;
constexpr size_t kSkipped = 256 << 10;

}  // namespace

PackedStream::PackedStream(const std::filesystem::path& path, std::unique_ptr<Unpacker> unpacker)
    : path_(path), file_(path), unpacker_(std::move(unpacker)), input_(kInput) {}

bool PackedStream::fill() {
  const size_t kept = pending_.size();
  std::copy(pending_.begin(), pending_.end(), input_.begin());
  const size_t n = file_.read(std::span(input_).subspan(kept));
  pending_ = std::span(input_).first(kept + n);
  return n > 0;
}

// Members follow each other; zeros behind the last one are padding (tar and tapes leave them), the rest is
// damage.
void PackedStream::next_member() {
  for (;;) {
    if (pending_.size() < 8) fill();
    if (pending_.empty()) return;
    const std::string_view bytes(pending_.data(), pending_.size());
    if (unpacker_->begins_member(bytes)) {
      unpacker_->reset();
      inside_ = true;
      return;
    }
    const size_t padding = std::min(bytes.find_first_not_of('\0'), bytes.size());
    if (padding == 0)
      throw DataError(
          path_, 0,
          fmt::format("{}: what follows behind byte {} of the file is something else; is it damaged?",
                      unpacker_->name(), file_.file_bytes_taken() - static_cast<int64_t>(pending_.size())));
    pending_ = pending_.subspan(padding);
  }
}

Unpacked PackedStream::unpack(std::span<char> output) {
  try {
    return unpacker_->unpack(pending_, output);
  } catch (const std::runtime_error& e) {
    throw DataError(path_, 0,
                    fmt::format("{} near byte {} of the file: {}; make the file anew", unpacker_->name(),
                                file_.file_bytes_taken() - static_cast<int64_t>(pending_.size()), e.what()));
  }
}

size_t PackedStream::read(std::span<char> room) {
  size_t given = 0;
  while (given < room.size()) {
    if (!inside_) {
      next_member();
      if (!inside_) break;
    }
    const bool more = !pending_.empty() || fill();
    const Unpacked step = unpack(room.subspan(given));
    pending_ = pending_.subspan(step.taken);
    given += step.given;
    inside_ = !step.ended;
    if (inside_ && !more && step.given == 0)
      throw DataError(
          path_, 0,
          fmt::format("{}: the file ends in the middle of its data, after {} bytes; copy it again",
                      unpacker_->name(), file_.file_bytes()));
  }
  at_ += static_cast<int64_t>(given);
  return given;
}

int64_t PackedStream::seek(int64_t offset) {
  if (offset < at_) {
    file_.seek(0);
    pending_ = {};
    inside_ = false;
    at_ = 0;
  }
  std::vector<char> skipped(kSkipped);
  while (at_ < offset) {
    const auto n = std::min<int64_t>(offset - at_, static_cast<int64_t>(skipped.size()));
    if (read(std::span(skipped).first(static_cast<size_t>(n))) == 0) break;
  }
  return at_;
}

std::unique_ptr<ByteStream> open_stream(const std::filesystem::path& path, Container container) {
  switch (container) {
    case Container::Plain:
      break;
    case Container::Gzip:
      return std::make_unique<PackedStream>(path, gzip_unpacker());
    case Container::Zstd:
      return std::make_unique<PackedStream>(path, zstd_unpacker());
    case Container::Hdf5:
      return std::make_unique<TokenRowsStream>(path);
  }
  return std::make_unique<PlainStream>(path);
}

}  // namespace fullshard::prepare
