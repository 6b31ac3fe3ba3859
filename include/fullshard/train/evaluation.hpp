#pragma once

#include <string>

#include "fullshard/config/run_config.hpp"
#include "fullshard/train/engine.hpp"
#include "fullshard/train/evaluator.hpp"
#include "fullshard/train/inputs.hpp"

namespace fullshard::train {

/// A model and the validation data of a run file, without a training run: what `fullshard evaluate` does.
class Evaluation {
 public:
  /// Reads, checks and loads: the weights of `run.model_name_or_path`, which may be a checkpoint, too, whose
  /// digests are proved then. Collective over `world`, which must outlive it, as must `run`.
  ///
  /// Throws      ConfigError, ModelError, DataError, CheckpointError, the same on all ranks
  Evaluation(const config::RunConfig& run, const mpi::Communicator& world);

  /// Lines for a person.
  std::string description() const;

  /// Collective. Throws NumbersError on every rank if the loss is not finite.
  EvalResult run();

 private:
  const config::RunConfig& run_;
  const mpi::Communicator& world_;
  Inputs inputs_;
  Engine engine_;
};

}  // namespace fullshard::train
