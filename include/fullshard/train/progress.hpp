#pragma once
// What a run must remember besides its tensors, as the text that a checkpoint stores.

#include <filesystem>
#include <optional>
#include <string>

#include "fullshard/data/books.hpp"

namespace fullshard::train {

/// What may not change when a run is continued.
struct RunIdentity {
  std::string model;  ///< hash over names, shapes and configuration
  std::string data;   ///< digest over keys and sizes of the stores
  int64_t seed = 0;
  int64_t global_batch = 0;
  int64_t micro_batch = 0;
  int64_t cutoff_len = 0;
  std::string order;    ///< "shuffled" or "files"
  std::string rows;     ///< what a row is
  std::string mixture;  ///< what an epoch takes of each source

  /// A sentence for the first thing that differs; empty if nothing does.
  std::string difference(const RunIdentity& other) const;
};

struct Progress {
  RunIdentity identity;
  int64_t step = 0;  ///< updates done
  int64_t samples = 0;
  int64_t trained_tokens = 0;
  double elapsed_seconds = 0;
  double loss_sum = 0;  ///< of the mean losses of all steps
  std::optional<double> best_eval_loss;
  std::optional<int64_t> best_step;  ///< of the best checkpoint
  data::Books books;                 ///< of the epoch under way
};

/// Lines of "key value".
std::string to_text(const Progress& progress);

/// Throws CheckpointError naming `path` if a line is missing or malformed.
Progress progress_from_text(const std::string& text, const std::filesystem::path& path);

}  // namespace fullshard::train
