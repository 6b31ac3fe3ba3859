#pragma once
// The learning rate of each update, with the values of transformers.get_scheduler (version 5.23).

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace fullshard::optim {

/// A value of `lr_scheduler_kwargs`.
using ScheduleValue = std::variant<double, std::string>;

struct LrScheduleConfig {
  /// linear, cosine, cosine_with_restarts, cosine_with_min_lr, cosine_warmup_with_min_lr, polynomial,
  /// constant, constant_with_warmup, inverse_sqrt or warmup_stable_decay.
  std::string type = "linear";
  /// The peak, which the schedule's factor multiplies.
  double learning_rate = 5e-5;
  /// Updates that warm up.
  int64_t warmup_steps = 0;
  /// Updates of the whole run.
  int64_t total_steps = 0;
  /// What the type takes: cosine num_cycles (0.5); cosine_with_restarts num_cycles (1); cosine_with_min_lr
  /// num_cycles and one of min_lr, min_lr_rate; cosine_warmup_with_min_lr those and warmup_lr_rate;
  /// polynomial lr_end (1e-7), power (1); inverse_sqrt timescale (warm-up steps, 10000 without);
  /// warmup_stable_decay num_decay_steps (required), num_stable_steps (the rest), warmup_type (linear),
  /// decay_type (cosine), min_lr_ratio (0), num_cycles (0.5).
  std::map<std::string, ScheduleValue> kwargs;
};

/// A pure function of the update's index: nothing to save, nothing to restore.
class LrSchedule {
 public:
  /// Throws ConfigError, naming the nearest legal type or key, if the configuration is not one of the above.
  explicit LrSchedule(const LrScheduleConfig& config);

  /// The rate of update `step`, counted from 0: with a warm-up the first is usually 0.
  double rate(int64_t step) const { return learning_rate_ * factor_(step); }

 private:
  double learning_rate_;
  std::function<double(int64_t)> factor_;
};

}  // namespace fullshard::optim
