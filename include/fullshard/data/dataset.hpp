#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/data/ledger.hpp"
#include "fullshard/data/token_word.hpp"
#include "fullshard/tokenize/tokenizer.hpp"

namespace fullshard::data {

struct Sample {
  std::span<const int32_t> ids;
  std::span<const int32_t> labels;  ///< as many as ids; kIgnored where nothing is trained
};

/// Tokenised samples in the order of the files, end to end in two flat arrays.
class Dataset {
 public:
  int64_t size() const { return static_cast<int64_t>(offsets_.size()) - 1; }
  int64_t num_tokens() const { return offsets_.back(); }
  int64_t max_length() const;
  Sample operator[](int64_t index) const;
  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }

  /// Appends a sample and books it in the ledger. Takes as many labels as ids.
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

/// The names of the columns to read.
struct Columns {
  std::string prompt = "prompt";
  std::string response = "response";
  std::string text = "text";
};

struct DatasetOptions {
  Stage stage = Stage::Finetune;
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

/// A data set in two.
struct Split {
  Dataset train, validation;
};
/// Takes the last rows of a seeded permutation as validation; both parts keep the order of the files.
/// `val_size` is a count from 1 on and a fraction below, rounded up; ConfigError unless 0 < val_size <
/// dataset.size().
Split split_validation(const Dataset& dataset, double val_size, uint64_t seed);

}  // namespace fullshard::data
