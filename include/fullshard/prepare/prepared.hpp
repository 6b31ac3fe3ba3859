#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fullshard/config/run_config.hpp"
#include "fullshard/core/progress_board.hpp"
#include "fullshard/data/token_store.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/prepare/source_store.hpp"

namespace fullshard::prepare {

/// A source of a run and its tokens.
struct PreparedSource {
  /// What the run file, and `num_samples` of the registry, want of it.
  config::SourceEntry wish;
  std::string name;
  data::TokenStore store;
};

struct Prepared {
  std::vector<PreparedSource> train;
  std::vector<PreparedSource> validation;  ///< of eval_dataset
};

struct PrepareOptions {
  int64_t vocab_size = 0;  ///< of the model
  int threads = 1;         ///< per rank
  ProgressBoard* board = nullptr;
  std::function<void(const MakingProgress&)> progress = [](const MakingProgress&) {};
};

enum class Parts : uint8_t { TrainAndValidation, ValidationOnly };

/// The token stores of a run's data: those that are there, or new ones.
///
/// Collective  over `world`
/// Throws      ConfigError, ModelError, DataError, IoError; the same on all ranks
Prepared prepare(const config::RunConfig& run, Parts parts, const PrepareOptions& options,
                 const mpi::Communicator& world);

}  // namespace fullshard::prepare
