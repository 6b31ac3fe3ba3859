#pragma once

#include <filesystem>
#include <vector>

#include "fullshard/core/files.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/data/token_store.hpp"

namespace fullshard::data {

/// What one piece of a source's files became: samples, or documents that are cut into samples of one length
/// without regard to where a document or a piece ends.
struct TokenRun {
  std::vector<int32_t> words;
  std::vector<int64_t> lengths;    ///< of each sample or document, in words
  std::vector<int64_t> documents;  ///< of each of them, counted from the first of the piece
};

/// Where a run begins in the whole source.
struct RunPlace {
  int64_t token = 0, sample = 0, document = 0;
};

/// A part of a sample that begins in one run and goes on in another.
struct SampleFragment {
  int64_t sample;
  Digest sum;
  int64_t trained;  ///< words of it that a loss is taken on
};

/// One writer of a store that several may write at once, each its runs, in any order:
///   add(run)…  <  fragments exchanged, complete()  <  write_index()  <  seal() by one of them
class TokenStoreWriter {
 public:
  /// Opens the file that becomes the store, and creates it where it does not exist. With `cut`, samples are
  /// cut to this length from all runs end to end. Throws IoError.
  explicit TokenStoreWriter(std::filesystem::path partial, int64_t cut = 0);

  /// Writes the words and keeps the index.
  void add(const TokenRun& run, const RunPlace& place);
  /// This writer's parts of samples that it has not seen whole; all writers need those of all.
  const std::vector<SampleFragment>& fragments() const { return fragments_; }
  void complete(const std::vector<SampleFragment>& of_all_writers, int64_t num_tokens);
  /// Words of the cut samples added here that count in a loss.
  int64_t trained() const { return trained_; }
  /// After complete(): how many of the cut samples that begin in runs added here train nothing.
  int64_t untrained() const { return untrained_; }
  /// Writes the index of what begins in runs added here; its part of the digest of the index. Everything is
  /// on the disk on return.
  Digest write_index(int64_t num_samples, int64_t num_tokens);
  /// After all writers' write_index: the header, and the file under its name. `index` is their sum.
  void seal(const StoreHeader& header, const Digest& index, const std::filesystem::path& path);

  /// Digests of the samples that begin in runs added here, one part of `parts`: equal ones are in the same
  /// part.
  std::vector<uint64_t> digests(uint64_t part, uint64_t parts) const;

 private:
  struct Entries {
    int64_t first_sample;
    std::vector<int64_t> ends, documents;
    std::vector<uint64_t> digests;
  };
  void add_whole(const TokenRun& run, const RunPlace& place);
  void add_cut(const TokenRun& run, const RunPlace& place);

  std::filesystem::path partial_;
  FileDescriptor file_;
  int64_t cut_;
  std::vector<Entries> entries_;
  std::vector<SampleFragment> fragments_;
  int64_t trained_ = 0, untrained_ = 0;
};

}  // namespace fullshard::data
