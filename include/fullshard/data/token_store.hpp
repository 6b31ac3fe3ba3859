#pragma once
// The samples of one source as a file (docs/token_store.md): words, then where samples end, their digests,
// the documents they came from, and a text about all that.

#include <filesystem>
#include <string>
#include <vector>

#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/data/token_word.hpp"

namespace fullshard::data {

/// What a store says of itself.
struct StoreHeader {
  Digest key;  ///< of everything that its content depends on
  int64_t num_samples = 0;
  int64_t num_tokens = 0;
  Ledger ledger;
  std::string about;  ///< JSON for people: files, tokenizer, template, keys
};

/// Reads samples where they are wanted; nothing but their ends is held in memory. All const members may be
/// called from several threads at once.
class TokenStore {
 public:
  /// Checks sizes, header and index. Throws DataError where the file is no whole store, IoError.
  static TokenStore open(const std::filesystem::path& path);

  const StoreHeader& header() const { return header_; }
  const std::filesystem::path& path() const { return path_; }
  int64_t size() const { return header_.num_samples; }
  int64_t length(int64_t sample) const;
  /// Appends the sample's words. Throws DataError where they are not what was stored.
  void read(int64_t sample, std::vector<int32_t>& words) const;
  uint64_t digest(int64_t sample) const;
  /// Index of the document, counted over the source's files in their order, that the sample begins in.
  int64_t document(int64_t sample) const;

 private:
  TokenStore() = default;
  int64_t begin(int64_t sample) const { return sample == 0 ? 0 : ends_[static_cast<size_t>(sample - 1)]; }
  void check_index() const;

  std::filesystem::path path_;
  FileDescriptor file_;
  StoreHeader header_;
  std::vector<int64_t> ends_;  // in words
};

/// Samples that lie next to each other in a source, as one piece of its files gave them.
struct SampleRun {
  std::vector<int32_t> words;
  std::vector<int64_t> lengths;    ///< of each sample, in words
  std::vector<int64_t> documents;  ///< of each sample, counted from the first of the piece
};

/// One writer of a store that several may write at once, each its runs, in any order.
class TokenStoreWriter {
 public:
  /// Opens the file that becomes the store, and creates it where it does not exist. Throws IoError.
  explicit TokenStoreWriter(std::filesystem::path partial);

  /// Writes the words and keeps the index of a run that has so many samples, words and documents before it.
  void add(const SampleRun& run, int64_t first_sample, int64_t first_token, int64_t first_document);
  /// Writes the index of all runs added, where it belongs in a store of that size; their part of `seal`'s
  /// digest. Everything is on the disk on return.
  Digest write_index(int64_t num_samples, int64_t num_tokens);
  /// After all writers' write_index: the header, and the file under its name. `index` is their sum.
  void seal(const StoreHeader& header, const Digest& index, const std::filesystem::path& path);

 private:
  struct Entries {
    int64_t first_sample;
    std::vector<int64_t> ends, documents;
    std::vector<uint64_t> digests;
  };
  std::filesystem::path partial_;
  FileDescriptor file_;
  std::vector<Entries> entries_;
};

/// How many of the samples are equal to an earlier one.
int64_t count_duplicates(std::vector<uint64_t> digests);

}  // namespace fullshard::data
