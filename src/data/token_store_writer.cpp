#include "fullshard/data/token_store_writer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "data/store_format.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/core/sizes.hpp"

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

TokenStoreWriter::TokenStoreWriter(std::filesystem::path partial, int64_t cut)
    : partial_(std::move(partial)), file_(open_file(partial_, O_RDWR | O_CREAT)), cut_(cut) {}

void TokenStoreWriter::add(const TokenRun& run, const RunPlace& place) {
  FS_CHECK(run.lengths.size() == run.documents.size(), "{} lengths, {} documents", run.lengths.size(),
           run.documents.size());
  const auto size = static_cast<int64_t>(run.words.size()) * 4, at = kWordsAt + place.token * 4;
  write_at(file_, partial_, run.words.data(), size, at);
  begin_writing_back(file_, size, at);
  cut_ > 0 ? add_cut(run, place) : add_whole(run, place);
}

void TokenStoreWriter::add_whole(const TokenRun& run, const RunPlace& place) {
  Entries entries{.first_sample = place.sample, .ends = {}, .documents = {}, .digests = {}};
  for (auto* column : {&entries.ends, &entries.documents}) column->reserve(run.lengths.size());
  entries.digests.reserve(run.lengths.size());
  size_t begin = 0;
  for (size_t i = 0; i < run.lengths.size(); ++i) {
    const auto length = static_cast<size_t>(run.lengths[i]);
    entries.digests.push_back(sample_digest(std::span(run.words).subspan(begin, length)));
    begin += length;
    entries.ends.push_back(place.token + static_cast<int64_t>(begin));
    entries.documents.push_back(place.document + run.documents[i]);
  }
  FS_CHECK(begin == run.words.size(), "samples of {} words in a run of {}", begin, run.words.size());
  entries_.push_back(std::move(entries));
}

// A digest is a sum over words, so a sample that several runs have parts of is added up from them.
void TokenStoreWriter::add_cut(const TokenRun& run, const RunPlace& place) {
  const auto count = static_cast<int64_t>(run.words.size());
  Entries entries{.first_sample = ceil_div(place.token, cut_), .ends = {}, .documents = {}, .digests = {}};
  size_t document = 0;
  int64_t document_end = run.lengths.empty() ? 0 : run.lengths[0];
  for (int64_t at = 0; at < count;) {
    const int64_t sample = (place.token + at) / cut_, inside = (place.token + at) % cut_;
    const int64_t length = std::min(cut_ - inside, count - at);
    const auto words = std::span(run.words).subspan(static_cast<size_t>(at), static_cast<size_t>(length));
    const Digest sum = digest_of(device_span(std::span<const int32_t>(words)), {inside});
    // Nothing predicts the first word of a sample.
    const int64_t trained = std::count_if(words.begin() + (inside == 0), words.end(), is_trained);
    trained_ += trained;
    if (length < cut_) fragments_.push_back({sample, sum, trained});
    if (length == cut_ && trained == 0) ++untrained_;
    if (inside == 0) {
      while (at >= document_end) document_end += run.lengths[++document];
      entries.ends.push_back((sample + 1) * cut_);
      entries.documents.push_back(place.document + run.documents[document]);
      entries.digests.push_back(length < cut_ ? 0 : sample_digest(sum, cut_));
    }
    at += length;
  }
  if (!entries.ends.empty()) entries_.push_back(std::move(entries));
}

void TokenStoreWriter::complete(const std::vector<SampleFragment>& of_all_writers, int64_t num_tokens) {
  std::unordered_map<int64_t, SampleFragment> wholes;
  for (const SampleFragment& f : of_all_writers) {
    SampleFragment& whole = wholes[f.sample];
    whole.sum += f.sum;
    whole.trained += f.trained;
  }
  for (Entries& e : entries_)
    for (size_t i = 0; i < e.ends.size(); ++i) {
      const int64_t sample = e.first_sample + static_cast<int64_t>(i);
      const auto whole = wholes.find(sample);
      if (whole == wholes.end()) continue;
      e.ends[i] = std::min(e.ends[i], num_tokens);
      e.digests[i] = sample_digest(whole->second.sum, e.ends[i] - sample * cut_);
      if (whole->second.trained == 0 && sample * cut_ < num_tokens) ++untrained_;
    }
}

Digest TokenStoreWriter::write_index(int64_t num_samples, int64_t num_tokens) {
  const StoreLayout at = layout_of(num_samples, num_tokens, 0);
  Digest sum;
  for (Entries& e : entries_) {
    // A last sample of one token is none: what was written of it lies where the index begins.
    const int64_t kept = std::clamp<int64_t>(num_samples - e.first_sample, 0, std::ssize(e.ends));
    for (auto* column : {&e.ends, &e.documents}) column->resize(static_cast<size_t>(kept));
    e.digests.resize(static_cast<size_t>(kept));
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

std::vector<uint64_t> TokenStoreWriter::digests(uint64_t part, uint64_t parts) const {
  std::vector<uint64_t> found;
  for (const Entries& e : entries_)
    std::copy_if(e.digests.begin(), e.digests.end(), std::back_inserter(found),
                 [&](uint64_t digest) { return digest % parts == part; });
  return found;
}

}  // namespace fullshard::data
