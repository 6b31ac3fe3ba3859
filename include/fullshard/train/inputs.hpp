#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fullshard/config/model_config.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/data/dataset.hpp"

namespace fullshard::train {

/// What a run reads before it allocates anything.
struct Inputs {
  config::ModelConfig model;
  std::vector<data::Dataset> train;  ///< one for each entry of `dataset`
  data::Ledger read;                 ///< of the training files, before a validation split
  std::optional<data::Dataset> validation;
};

/// Not collective: every rank reads the same, and touches the board, if there is one, while it does. Throws
/// ConfigError, ModelError, DataError, IoError.
Inputs load_inputs(const config::RunConfig& run, ProgressBoard* board = nullptr);

/// The model's configuration and the validation data alone, the same rows that load_inputs gives; `train`
/// stays empty. Throws like load_inputs, and ConfigError where the run file names no validation data.
Inputs load_validation(const config::RunConfig& run);

/// Digest over all ids and labels, as text.
std::string fingerprint(std::span<const data::Dataset> datasets);

}  // namespace fullshard::train
