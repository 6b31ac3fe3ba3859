#pragma once

#include "fullshard/config/run_config.hpp"
#include "fullshard/optim/lr_schedule.hpp"

namespace fullshard::train {

/// The schedule that the run file asks for, over `total_steps` updates.
optim::LrSchedule make_schedule(const config::RunConfig& run, int64_t total_steps);

/// Updates that warm up: a number, or a share of all rounded up, as transformers 5 reads `warmup_steps`.
int64_t warmup_steps(const config::RunConfig& run, int64_t total_steps);

}  // namespace fullshard::train
