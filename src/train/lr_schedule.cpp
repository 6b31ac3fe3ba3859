#include "fullshard/train/lr_schedule.hpp"

#include <cmath>

namespace fullshard::train {

int64_t warmup_steps(const config::RunConfig& run, int64_t total_steps) {
  return static_cast<int64_t>(run.warmup_steps < 1
                                  ? std::ceil(run.warmup_steps * static_cast<double>(total_steps))
                                  : run.warmup_steps);
}

optim::LrSchedule make_schedule(const config::RunConfig& run, int64_t total_steps) {
  return optim::LrSchedule({.type = run.lr_scheduler_type,
                            .options = run.lr_scheduler_kwargs,
                            .learning_rate = run.learning_rate,
                            .warmup_steps = warmup_steps(run, total_steps),
                            .total_steps = total_steps});
}

}  // namespace fullshard::train
