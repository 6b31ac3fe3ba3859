#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fullshard/config/model_config.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/data/books.hpp"
#include "fullshard/data/subset.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/prepare/prepared.hpp"

namespace fullshard::train {

/// Samples of one source.
struct InputSource {
  std::string name;
  config::SourceEntry wish;  ///< what an epoch takes of it
  Digest key;                ///< of the source's store
  data::Ledger ledger;       ///< of the whole source
  data::Subset samples;      ///< in Inputs::prepared
};

/// What a run reads before it allocates anything.
struct Inputs {
  config::ModelConfig model;
  std::vector<prepare::PreparedSource> prepared;  ///< what samples lie in
  std::vector<InputSource> train;                 ///< one for each of config::sources_of
  std::vector<InputSource> validation;            ///< none: nothing is validated
  data::Tally validated;  ///< all of `validation`; the hash is of what val_size holds out
};

struct InputOptions {
  ProgressBoard* board = nullptr;  ///< touched while data is read; may be null
  std::function<void(const prepare::MakingProgress&)> progress = [](const prepare::MakingProgress&) {};
};

/// The model's configuration and its data; token stores that are missing are made. With
/// Parts::ValidationOnly `train` stays empty, and a run file that names no validation data is a ConfigError.
///
/// Collective  over `world`
/// Throws      ConfigError, ModelError, DataError, IoError; the same on all ranks
Inputs load_inputs(const config::RunConfig& run, prepare::Parts parts, const InputOptions& options,
                   const mpi::Communicator& world);

/// What tells the training data of two runs apart.
std::string fingerprint(const Inputs& inputs);

}  // namespace fullshard::train
