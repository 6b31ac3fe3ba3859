#include "fullshard/optim/lr_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fullshard/core/check.hpp"

namespace fullshard::optim {

namespace {

using config::Curve;
using config::Schedule;
using Factor = std::function<double(int64_t)>;
constexpr double kPi = std::numbers::pi;
constexpr double kCycles = 0.5;  // half a wave: down, and not up again

double as_double(int64_t n) {
  return static_cast<double>(n);
}

double at_least_one(int64_t n) {
  return as_double(std::max<int64_t>(1, n));
}

/// Linear from 0, then `after`.
Factor with_warmup(const LrScheduleConfig& c, Factor after) {
  return [warmup = c.warmup_steps, after = std::move(after)](int64_t step) {
    return step < warmup ? as_double(step) / at_least_one(warmup) : after(step);
  };
}

/// How far the part after the warm-up is, from 0 to 1.
double progress(const LrScheduleConfig& c, int64_t step) {
  return as_double(step - c.warmup_steps) / at_least_one(c.total_steps - c.warmup_steps);
}

double half_cosine(double num_cycles, double progress) {
  return 0.5 * (1.0 + std::cos(kPi * num_cycles * 2.0 * progress));
}

Factor linear(const LrScheduleConfig& c) {
  return with_warmup(c, [c](int64_t step) {
    return std::max(0.0, as_double(c.total_steps - step) / at_least_one(c.total_steps - c.warmup_steps));
  });
}

Factor cosine(const LrScheduleConfig& c) {
  return with_warmup(c, [c, cycles = c.options.num_cycles.value_or(kCycles)](int64_t step) {
    return std::max(0.0, half_cosine(cycles, progress(c, step)));
  });
}

Factor cosine_with_min_lr(const LrScheduleConfig& c) {
  const config::ScheduleOptions& o = c.options;
  FS_CHECK(o.min_lr || o.min_lr_rate, "cosine_with_min_lr without a least rate");
  const double cycles = o.num_cycles.value_or(kCycles);
  const double lowest = o.min_lr_rate ? *o.min_lr_rate : *o.min_lr / c.learning_rate;
  return with_warmup(c, [=](int64_t step) {
    return std::max(0.0, half_cosine(cycles, progress(c, step)) * (1 - lowest) + lowest);
  });
}

Factor polynomial(const LrScheduleConfig& c) {
  const double end = c.options.lr_end.value_or(config::ScheduleOptions::kLrEnd),
               power = c.options.power.value_or(1.0), peak = c.learning_rate;
  return with_warmup(c, [=](int64_t step) {
    // Without a step between warm-up and end the reference divides 0 by 0; the run is over by then.
    if (step > c.total_steps || c.total_steps == c.warmup_steps) return end / peak;
    const double remaining = 1 - as_double(step - c.warmup_steps) / as_double(c.total_steps - c.warmup_steps);
    return ((peak - end) * std::pow(remaining, power) + end) / peak;
  });
}

Factor inverse_sqrt(const LrScheduleConfig& c) {
  const double timescale =
      as_double(c.options.timescale.value_or(c.warmup_steps > 0 ? c.warmup_steps : 10000));
  return with_warmup(c, [=](int64_t step) {
    return 1.0 / std::sqrt((as_double(step) + (timescale - as_double(c.warmup_steps))) / timescale);
  });
}

Factor warmup_stable_decay(const LrScheduleConfig& c) {
  const config::ScheduleOptions& o = c.options;
  FS_CHECK(o.num_decay_steps, "warmup_stable_decay without num_decay_steps");
  const Curve up = o.warmup_type.value_or(Curve::Linear), down = o.decay_type.value_or(Curve::Cosine);
  const double lowest = o.min_lr_ratio.value_or(0.0), cycles = o.num_cycles.value_or(kCycles);
  const int64_t stable_end =
      o.num_stable_steps ? c.warmup_steps + *o.num_stable_steps : c.total_steps - *o.num_decay_steps;
  return [=, decay = *o.num_decay_steps](int64_t step) {
    const auto above_lowest = [&](double x) { return std::max(0.0, x * (1.0 - lowest) + lowest); };
    if (step < c.warmup_steps) {
      const double x = as_double(step) / at_least_one(c.warmup_steps);
      if (up == Curve::Linear) return above_lowest(x);
      return above_lowest(up == Curve::Cosine ? 0.5 * (1.0 - std::cos(kPi * x)) : 1.0 - std::sqrt(1.0 - x));
    }
    if (step < stable_end) return 1.0;
    if (step >= stable_end + decay) return lowest;
    const double x = as_double(step - stable_end) / at_least_one(decay);
    if (down == Curve::Linear) return above_lowest(1.0 - x);
    return above_lowest(down == Curve::Cosine ? half_cosine(cycles, x) : 1.0 - std::sqrt(x));
  };
}

Factor make_factor(const LrScheduleConfig& c) {
  switch (c.type) {
    case Schedule::Linear:
      return linear(c);
    case Schedule::Cosine:
      return cosine(c);
    case Schedule::CosineWithMinLr:
      return cosine_with_min_lr(c);
    case Schedule::Constant:
      return [](int64_t) { return 1.0; };
    case Schedule::ConstantWithWarmup:
      return with_warmup(c, [](int64_t) { return 1.0; });
    case Schedule::WarmupStableDecay:
      return warmup_stable_decay(c);
    case Schedule::Polynomial:
      return polynomial(c);
    case Schedule::InverseSqrt:
      return inverse_sqrt(c);
  }
  FS_CHECK(false, "schedule {}", static_cast<int>(c.type));
}

}  // namespace

LrSchedule::LrSchedule(const LrScheduleConfig& config)
    : learning_rate_(config.learning_rate), factor_(make_factor(config)) {}

}  // namespace fullshard::optim
