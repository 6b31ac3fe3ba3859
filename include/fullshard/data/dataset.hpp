#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/data/batch.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/data/sample_source.hpp"
#include "fullshard/data/token_word.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::data {

struct Sample {
  std::span<const int32_t> ids;
  std::span<const int32_t> labels;  ///< as many as ids; kIgnored where nothing is trained
};

/// Tokenised samples in the order of the files, end to end in two flat arrays.
class Dataset : public SampleSource {
 public:
  int64_t size() const override { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t length(int64_t index) const override { return static_cast<int64_t>((*this)[index].ids.size()); }
  uint64_t digest(int64_t index) const override;
  void read(int64_t index, std::vector<int32_t>& words) const override;
  int64_t num_tokens() const { return offsets_.back(); }
  Sample operator[](int64_t index) const;
  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }

  /// Appends a sample and books it in the ledger. Takes as many labels as ids; each is kIgnored or the id.
  void append(std::span<const int32_t> ids, std::span<const int32_t> labels);

 private:
  std::vector<int32_t> ids_, labels_;
  std::vector<int64_t> offsets_ = {0};
  Ledger ledger_;
};

enum class Stage : uint8_t {
  Pretrain,  ///< `pt`: documents end to end, cut into blocks, every token trained
  Finetune,  ///< `sft`: prompt and response, the prompt masked
};

/// What a sample of Stage::Pretrain is.
enum class Documents : uint8_t {
  Joined,    ///< a block of documents end to end
  Isolated,  ///< a document; several where it is longer than the cutoff
};

/// The names of the columns to read.
struct Columns {
  std::string prompt = "prompt";
  std::string response = "response";
  std::string text = "text";
};

struct DatasetOptions {
  Stage stage = Stage::Finetune;
  Documents documents = Documents::Joined;
  Columns columns;
  /// Longest sample in tokens. Range 2 and up.
  int64_t cutoff_len = 2048;
  /// Size of the model's embedding; a token id at or above it is refused.
  int64_t vocab_size = 0;
  /// Touched with every record, as tokenising may take long; may be null.
  ProgressBoard* board = nullptr;
};

/// Reads JSON arrays, JSONL and (for Stage::Pretrain) plain text; which of them a file is, is told from its
/// content. Rows with `input_ids` and `labels` are taken as they are in both stages; they need no
/// `tokenizer`, which may be null then. Throws DataError naming file and line; IoError.
Dataset read_dataset(std::span<const std::filesystem::path> files, const tokenize::Tokenizer* tokenizer,
                     const DatasetOptions& options);

/// Data sets in two.
struct Split {
  std::vector<Dataset> train;
  Dataset validation;
};
/// Takes the last rows of a seeded permutation over all data sets as validation; both parts keep the order of
/// the files. `val_size` is a count from 1 on and a fraction below, rounded up; ConfigError unless 0 <
/// val_size and it leaves something of each data set.
Split split_validation(std::span<const Dataset> datasets, double val_size, uint64_t seed);

}  // namespace fullshard::data
