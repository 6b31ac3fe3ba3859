#pragma once

#include <optional>

#include "fullshard/config/model_config.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/data/dataset.hpp"

namespace fullshard::train {

/// What a run reads before it allocates anything.
struct Inputs {
  config::ModelConfig model;
  data::Dataset train;
  std::optional<data::Dataset> validation;
  int32_t pad_id = 0;  ///< fills rows up; its value never matters to the result
};

/// Not collective: every rank reads the same. Throws ConfigError, ModelError, DataError, IoError.
Inputs load_inputs(const config::RunConfig& run);

/// Digest over all ids and labels, as text.
std::string fingerprint(const data::Dataset& dataset);

}  // namespace fullshard::train
