#pragma once
// The samples of one source as a file (docs/token_store.md): words, then where samples end, their digests,
// the documents they came from, and a text about all that.

#include <filesystem>
#include <string>
#include <vector>

#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/data/sample_source.hpp"
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
class TokenStore : public SampleSource {
 public:
  /// Checks sizes, header and index. Throws DataError where the file is no whole store, IoError.
  static TokenStore open(const std::filesystem::path& path);

  const StoreHeader& header() const { return header_; }
  const std::filesystem::path& path() const { return path_; }
  int64_t size() const override { return header_.num_samples; }
  int64_t length(int64_t sample) const override;
  /// Appends the sample's words. Throws DataError where they are not what was stored.
  void read(int64_t sample, std::vector<int32_t>& words) const override;
  uint64_t digest(int64_t sample) const override;
  /// Index of the document, counted over the source's files in their order, that the sample begins in.
  int64_t document(int64_t sample) const;

 private:
  TokenStore() = default;
  /// Of one of the columns of the index.
  template <class T>
  T entry(int64_t sample, int64_t column_at) const;
  int64_t begin(int64_t sample) const { return sample == 0 ? 0 : ends_[static_cast<size_t>(sample - 1)]; }

  std::filesystem::path path_;
  FileDescriptor file_;
  StoreHeader header_;
  std::vector<int64_t> ends_;  // in words
};

/// Whether the file's first bytes are a store's, whole or not.
bool begins_as_token_store(const std::filesystem::path& path);

/// How many of the samples are equal to an earlier one.
int64_t count_duplicates(std::vector<uint64_t> digests);

}  // namespace fullshard::data
