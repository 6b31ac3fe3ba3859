#pragma once

#include "fullshard/data/sample_source.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/train/engine.hpp"

namespace fullshard::train {

struct EvalResult {
  double loss;     ///< mean over `tokens`
  int64_t tokens;  ///< trained targets of the whole data set, each counted once
};

struct EvalOptions {
  int64_t rows_per_rank;
};

/// Mean loss over the trained tokens of all samples, whatever the number of ranks.
///
/// Collective  over `world`
/// Throws      NumbersError on every rank if the loss is not finite
EvalResult evaluate(Engine& engine, const std::vector<const data::SampleSource*>& sources,
                    const EvalOptions& options, const mpi::Communicator& world);

}  // namespace fullshard::train
