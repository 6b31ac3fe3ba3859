#include "fullshard/train/lr_schedule.hpp"

#include <cmath>

#include "fullshard/config/schedule_names.hpp"

namespace fullshard::train {

int64_t warmup_steps(const config::RunConfig& run, int64_t total_steps) {
  return static_cast<int64_t>(run.warmup_steps < 1
                                  ? std::ceil(run.warmup_steps * static_cast<double>(total_steps))
                                  : run.warmup_steps);
}

optim::LrSchedule make_schedule(const config::RunConfig& run, int64_t total_steps) {
  optim::LrScheduleConfig c{.type = name_of(run.lr_scheduler_type),
                            .learning_rate = run.learning_rate,
                            .warmup_steps = warmup_steps(run, total_steps),
                            .total_steps = total_steps,
                            .kwargs = {}};
  const auto give = [&](const char* key, const auto& value) {
    if (value) c.kwargs[key] = static_cast<double>(*value);
  };
  const config::ScheduleOptions& o = run.lr_scheduler_kwargs;
  give("num_cycles", o.num_cycles);
  give("power", o.power);
  give("lr_end", o.lr_end);
  give("min_lr", o.min_lr);
  give("min_lr_rate", o.min_lr_rate);
  give("min_lr_ratio", o.min_lr_ratio);
  give("timescale", o.timescale);
  give("num_stable_steps", o.num_stable_steps);
  give("num_decay_steps", o.num_decay_steps);
  if (o.warmup_type) c.kwargs["warmup_type"] = name_of(*o.warmup_type);
  if (o.decay_type) c.kwargs["decay_type"] = name_of(*o.decay_type);
  return optim::LrSchedule(c);
}

}  // namespace fullshard::train
