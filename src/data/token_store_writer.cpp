#include <fcntl.h>

#include <algorithm>

#include "data/store_format.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/data/token_store.hpp"

namespace fullshard::data {

namespace {

template <class T>
Digest write_column(const FileDescriptor& file, const std::filesystem::path& path,
                    const std::vector<T>& entries, int64_t first, int64_t column_at, int64_t digest_first) {
  const auto count = static_cast<int64_t>(entries.size());
  write_at(file, path, entries.data(), count * 8, column_at + first * 8);
  return digest_of({reinterpret_cast<const std::byte*>(entries.data()), {count}, DType::I64},
                   {digest_first + first});
}

}  // namespace

TokenStoreWriter::TokenStoreWriter(std::filesystem::path partial)
    : partial_(std::move(partial)), file_(open_file(partial_, O_RDWR | O_CREAT)) {}

void TokenStoreWriter::add(const SampleRun& run, int64_t first_sample, int64_t first_token,
                           int64_t first_document) {
  FS_CHECK(run.lengths.size() == run.documents.size(), "{} lengths, {} documents", run.lengths.size(),
           run.documents.size());
  write_at(file_, partial_, run.words.data(), static_cast<int64_t>(run.words.size()) * 4,
           kWordsAt + first_token * 4);
  begin_writing_back(file_, static_cast<int64_t>(run.words.size()) * 4, kWordsAt + first_token * 4);
  Entries entries{.first_sample = first_sample, .ends = {}, .documents = {}, .digests = {}};
  size_t begin = 0;
  for (size_t i = 0; i < run.lengths.size(); ++i) {
    const auto length = static_cast<size_t>(run.lengths[i]);
    entries.digests.push_back(sample_digest(std::span(run.words).subspan(begin, length)));
    begin += length;
    entries.ends.push_back(first_token + static_cast<int64_t>(begin));
    entries.documents.push_back(first_document + run.documents[i]);
  }
  FS_CHECK(begin == run.words.size(), "samples of {} words in a run of {}", begin, run.words.size());
  entries_.push_back(std::move(entries));
}

Digest TokenStoreWriter::write_index(int64_t num_samples, int64_t num_tokens) {
  const StoreLayout at = layout_of(num_samples, num_tokens, 0);
  Digest sum;
  for (const Entries& e : entries_) {
    sum += write_column(file_, partial_, e.ends, e.first_sample, at.ends, 0);
    sum += write_column(file_, partial_, e.digests, e.first_sample, at.digests, num_samples);
    sum += write_column(file_, partial_, e.documents, e.first_sample, at.documents, 2 * num_samples);
  }
  fsync_file(file_, partial_);
  return sum;
}

void TokenStoreWriter::seal(const StoreHeader& header, const Digest& index,
                            const std::filesystem::path& path) {
  const auto about_bytes = static_cast<int64_t>(header.about.size());
  const StoreLayout at = layout_of(header.num_samples, header.num_tokens, about_bytes);
  write_at(file_, partial_, header.about.data(), about_bytes, at.about);
  const Digest whole = index + about_digest(header.about, header.num_samples);
  StoredHeader h{.magic = kStoreMagic,
                 .key_lo = header.key.lo,
                 .key_hi = header.key.hi,
                 .num_samples = header.num_samples,
                 .num_tokens = header.num_tokens,
                 .about_bytes = about_bytes,
                 .counts = counts_of(header.ledger),
                 .index_lo = whole.lo,
                 .index_hi = whole.hi,
                 .checksum = 0};
  h.checksum = checksum_of(h);
  // The header page last: a file without it is no store.
  std::vector<std::byte> page(static_cast<size_t>(kWordsAt));
  std::copy_n(reinterpret_cast<const std::byte*>(&h), sizeof h, page.begin());
  fsync_file(file_, partial_);
  write_at(file_, partial_, page.data(), kWordsAt, 0);
  fsync_file(file_, partial_);
  std::filesystem::rename(partial_, path);
  fsync_directory(path.parent_path());
}

int64_t count_duplicates(std::vector<uint64_t> digests) {
  std::sort(digests.begin(), digests.end());
  return digests.end() - std::unique(digests.begin(), digests.end());
}

}  // namespace fullshard::data
