#include "fullshard/data/token_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "data/store_format.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::data {

namespace {

constexpr int64_t kEntriesAtOnce = 1 << 20;

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
  throw DataError(path, 0, "is no whole token store: " + what + "; remove it, and it is made anew");
}

StoredHeader read_header(const FileDescriptor& file, const std::filesystem::path& path, int64_t size) {
  StoredHeader h;
  if (size < kWordsAt) damaged(path, fmt::format("expected {} bytes or more, found {}", kWordsAt, size));
  read_at(file, path, &h, sizeof h, 0);
  if (h.magic != kStoreMagic) throw DataError(path, 0, "is no token store: it does not begin as one");
  if (h.checksum != checksum_of(h)) damaged(path, "its header is not what was written");
  if (h.num_samples < 0 || h.num_samples > kMostSamples || h.num_tokens < 0 || h.num_tokens > kMostTokens ||
      h.about_bytes < 0 || h.about_bytes > kMostAboutBytes)
    damaged(path, "sizes that no store has");
  const int64_t expected = layout_of(h.num_samples, h.num_tokens, h.about_bytes).size;
  if (size != expected) damaged(path, fmt::format("expected {} bytes, found {}", expected, size));
  return h;
}

template <class T>
Digest column_digest(const std::vector<T>& entries, int64_t first) {
  return digest_of({reinterpret_cast<const std::byte*>(entries.data()),
                    {static_cast<int64_t>(entries.size())},
                    DType::I64},
                   {first});
}

}  // namespace

TokenStore TokenStore::open(const std::filesystem::path& path) {
  TokenStore out;
  out.path_ = path;
  out.file_ = open_file(path, O_RDONLY);
  std::error_code error;
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) throw IoError(path, -1, error.message());
  const StoredHeader h = read_header(out.file_, path, size);
  out.header_ = {.key = {h.key_lo, h.key_hi},
                 .num_samples = h.num_samples,
                 .num_tokens = h.num_tokens,
                 .ledger = ledger_of(h.counts),
                 .about = std::string(static_cast<size_t>(h.about_bytes), ' ')};
  const StoreLayout at = layout_of(h.num_samples, h.num_tokens, h.about_bytes);
  read_at(out.file_, path, out.header_.about.data(), h.about_bytes, at.about);
  out.ends_.resize(static_cast<size_t>(h.num_samples));
  read_at(out.file_, path, out.ends_.data(), h.num_samples * 8, at.ends);

  Digest index = column_digest(out.ends_, 0) + about_digest(out.header_.about, h.num_samples);
  std::vector<int64_t> part;
  // Digests and documents lie end to end.
  for (int64_t first = 0; first < 2 * h.num_samples; first += kEntriesAtOnce) {
    part.resize(static_cast<size_t>(std::min(kEntriesAtOnce, 2 * h.num_samples - first)));
    read_at(out.file_, path, part.data(), static_cast<int64_t>(part.size()) * 8, at.digests + first * 8);
    index += column_digest(part, h.num_samples + first);
  }
  if (index != Digest{h.index_lo, h.index_hi}) damaged(path, "its index is not what was written");
  int64_t last = 0;
  for (const int64_t end : out.ends_) {
    if (end <= last) damaged(path, "its samples overlap");
    last = end;
  }
  if (last != h.num_tokens) damaged(path, "its samples are not all of its tokens");
  return out;
}

int64_t TokenStore::length(int64_t sample) const {
  FS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
  return ends_[static_cast<size_t>(sample)] - begin(sample);
}

void TokenStore::read(int64_t sample, std::vector<int32_t>& words) const {
  const int64_t count = length(sample);
  const size_t before = words.size();
  words.resize(before + static_cast<size_t>(count));
  const std::span<const int32_t> mine = std::span(words).subspan(before);
  read_at(file_, path_, words.data() + before, count * 4, kWordsAt + begin(sample) * 4);
  if (sample_digest(mine) != digest(sample))
    damaged(path_, fmt::format("sample {} is not what was written", sample));
}

uint64_t TokenStore::digest(int64_t sample) const {
  return entry<uint64_t>(sample, layout_of(size(), header_.num_tokens, 0).digests);
}

int64_t TokenStore::document(int64_t sample) const {
  return entry<int64_t>(sample, layout_of(size(), header_.num_tokens, 0).documents);
}

template <class T>
T TokenStore::entry(int64_t sample, int64_t column_at) const {
  FS_CHECK(sample >= 0 && sample < size(), "sample {} of {}", sample, size());
  T value;
  read_at(file_, path_, &value, sizeof value, column_at + sample * 8);
  return value;
}

bool begins_as_token_store(const std::filesystem::path& path) {
  std::array<char, kStoreMagic.size()> first{};
  std::ifstream(path, std::ios::binary).read(first.data(), std::ssize(first));
  return first == kStoreMagic;
}

int64_t count_duplicates(std::vector<uint64_t> digests) {
  std::sort(digests.begin(), digests.end());
  return digests.end() - std::unique(digests.begin(), digests.end());
}

}  // namespace fullshard::data
