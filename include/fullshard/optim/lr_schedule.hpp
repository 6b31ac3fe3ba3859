#pragma once
// The learning rate of each update, with the values of transformers.get_scheduler (version 5.23).

#include <cstdint>
#include <functional>

#include "fullshard/config/run_config.hpp"

namespace fullshard::optim {

struct LrScheduleConfig {
  config::Schedule type = config::Schedule::Linear;
  /// What the type takes and needs, as in a run file that has passed its validation.
  config::ScheduleOptions options;
  /// The peak, which the schedule's factor multiplies.
  double learning_rate = 5e-5;
  /// Updates that warm up.
  int64_t warmup_steps = 0;
  /// Updates of the whole run.
  int64_t total_steps = 0;
};

/// A pure function of the update's index: nothing to save, nothing to restore.
class LrSchedule {
 public:
  explicit LrSchedule(const LrScheduleConfig& config);

  /// The rate of update `step`, counted from 0: with a warm-up the first is usually 0.
  double rate(int64_t step) const { return learning_rate_ * factor_(step); }

 private:
  double learning_rate_;
  std::function<double(int64_t)> factor_;
};

}  // namespace fullshard::optim
