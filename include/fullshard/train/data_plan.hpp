#pragma once
// What a run file says about the order of its data.

#include <string>
#include <vector>

#include "fullshard/config/run_config.hpp"
#include "fullshard/data/books.hpp"
#include "fullshard/data/run_plan.hpp"
#include "fullshard/train/inputs.hpp"

namespace fullshard::train {

/// The training data and what validates, to live as long as `inputs`.
std::vector<const data::SampleSource*> sources_of(const Inputs& inputs);
std::vector<const data::SampleSource*> validation_of(const Inputs& inputs);

/// The epochs of a run with updates of `global_batch` rows, of each source what is wished of it; refers to
/// the sources.
data::RunPlan plan_of(const config::RunConfig& run, const std::vector<config::SourceEntry>& wishes,
                      const std::vector<const data::SampleSource*>& sources, int64_t global_batch);
data::RunPlan plan_of(const config::RunConfig& run, const Inputs& inputs, int64_t global_batch);

/// What tells the rows, and the mixtures, of two runs apart.
std::string rows_text(const config::RunConfig& run);
std::string mixture_text(const data::Mixture& mixture);

/// Updates of the run.
int64_t total_steps_of(const config::RunConfig& run, data::RunPlan& plan);

/// Tokens of the longest row.
int64_t longest_row(const config::RunConfig& run, const std::vector<const data::SampleSource*>& sources);

/// Whole sources in the order of their samples, as one step.
data::EpochPlan whole_in_order(const std::vector<const data::SampleSource*>& sources,
                               int64_t rows_of_micro_batch);

}  // namespace fullshard::train
