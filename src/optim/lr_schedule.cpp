#include "fullshard/optim/lr_schedule.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"
#include "optim/schedule_kwargs.hpp"

namespace fullshard::optim {

namespace {

using Factor = std::function<double(int64_t)>;
constexpr double kPi = std::numbers::pi;

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

Factor constant(const LrScheduleConfig&, ScheduleKwargs&) {
  return [](int64_t) { return 1.0; };
}

Factor constant_with_warmup(const LrScheduleConfig& c, ScheduleKwargs&) {
  return with_warmup(c, [](int64_t) { return 1.0; });
}

Factor linear(const LrScheduleConfig& c, ScheduleKwargs&) {
  return with_warmup(c, [c](int64_t step) {
    return std::max(0.0, as_double(c.total_steps - step) / at_least_one(c.total_steps - c.warmup_steps));
  });
}

Factor cosine(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5);
  return with_warmup(c, [=](int64_t step) { return std::max(0.0, half_cosine(cycles, progress(c, step))); });
}

Factor cosine_with_restarts(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 1);
  return with_warmup(c, [=](int64_t step) {
    const double x = progress(c, step);
    if (x >= 1.0) return 0.0;
    return std::max(0.0, 0.5 * (1.0 + std::cos(kPi * std::fmod(cycles * x, 1.0))));
  });
}

double floor_rate(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const std::optional<double> rate = kwargs.number("min_lr_rate"), absolute = kwargs.number("min_lr");
  if (rate.has_value() == absolute.has_value()) {
    throw ConfigError("lr_scheduler_kwargs",
                      fmt::format("lr_scheduler_kwargs: {} needs one of min_lr and min_lr_rate, found {}",
                                  c.type, rate ? "both; remove one" : "neither; add one"));
  }
  if (rate) return *rate;
  if (c.learning_rate == 0)
    throw ConfigError("learning_rate",
                      "learning_rate: expected more than 0 beside lr_scheduler_kwargs.min_lr, found 0; "
                      "set it, or use min_lr_rate");
  return *absolute / c.learning_rate;
}

Factor cosine_with_min_lr(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5), lowest = floor_rate(c, kwargs);
  return with_warmup(c, [=](int64_t step) {
    return std::max(0.0, half_cosine(cycles, progress(c, step)) * (1 - lowest) + lowest);
  });
}

/// One step ahead of cosine_with_min_lr: the warm-up starts above 0, the decay arrives at the last step.
Factor cosine_warmup_with_min_lr(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double cycles = kwargs.number("num_cycles", 0.5), lowest = floor_rate(c, kwargs);
  const std::optional<double> start = kwargs.number("warmup_lr_rate");
  return [=](int64_t step) {
    if (step < c.warmup_steps) {
      if (!start) return as_double(step + 1) / at_least_one(c.warmup_steps);
      return *start + (1.0 - *start) * as_double(step) / at_least_one(c.warmup_steps - 1);
    }
    const double x = as_double(step - c.warmup_steps + 1) / at_least_one(c.total_steps - c.warmup_steps);
    return std::max(0.0, half_cosine(cycles, x) * (1 - lowest) + lowest);
  };
}

Factor polynomial(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double end = kwargs.number("lr_end", 1e-7), power = kwargs.number("power", 1.0),
               peak = c.learning_rate;
  if (!(peak > end)) {
    throw ConfigError(
        "learning_rate",
        fmt::format("learning_rate: expected more than lr_scheduler_kwargs.lr_end = {} for polynomial, "
                    "found {}; raise it or lower lr_end",
                    end, peak));
  }
  return with_warmup(c, [=](int64_t step) {
    // Without a step between warm-up and end the reference divides 0 by 0; the run is over by then.
    if (step > c.total_steps || c.total_steps == c.warmup_steps) return end / peak;
    const double remaining = 1 - as_double(step - c.warmup_steps) / as_double(c.total_steps - c.warmup_steps);
    return ((peak - end) * std::pow(remaining, power) + end) / peak;
  });
}

Factor inverse_sqrt(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const double timescale =
      kwargs.number("timescale").value_or(c.warmup_steps > 0 ? as_double(c.warmup_steps) : 10000.0);
  if (timescale <= 0) {
    throw ConfigError(ScheduleKwargs::key("timescale"),
                      fmt::format("{}: expected more than 0, found {}; leave it out for the "
                                  "number of warm-up steps",
                                  ScheduleKwargs::key("timescale"), timescale));
  }
  return with_warmup(c, [=](int64_t step) {
    return 1.0 / std::sqrt((as_double(step) + (timescale - as_double(c.warmup_steps))) / timescale);
  });
}

Factor warmup_stable_decay(const LrScheduleConfig& c, ScheduleKwargs& kwargs) {
  const std::vector<std::string> shapes{"linear", "cosine", "1-sqrt"};
  const std::optional<int64_t> decay = kwargs.count("num_decay_steps"),
                               stable_given = kwargs.count("num_stable_steps");
  const std::string up = kwargs.choice("warmup_type", "linear", shapes);
  const std::string down = kwargs.choice("decay_type", "cosine", shapes);
  const double lowest = kwargs.number("min_lr_ratio", 0.0), cycles = kwargs.number("num_cycles", 0.5);
  if (!decay) {
    throw ConfigError(
        ScheduleKwargs::key("num_decay_steps"),
        fmt::format("{}: warmup_stable_decay needs it, found nothing; give the number of steps that "
                    "decay, for example {}",
                    ScheduleKwargs::key("num_decay_steps"), std::max<int64_t>(1, c.total_steps / 10)));
  }
  const int64_t stable_end = stable_given ? c.warmup_steps + *stable_given : c.total_steps - *decay;
  return [=, decay = *decay](int64_t step) {
    const auto above_lowest = [&](double x) { return std::max(0.0, x * (1.0 - lowest) + lowest); };
    if (step < c.warmup_steps) {
      const double x = as_double(step) / at_least_one(c.warmup_steps);
      if (up == "linear") return above_lowest(x);
      return above_lowest(up == "cosine" ? 0.5 * (1.0 - std::cos(kPi * x)) : 1.0 - std::sqrt(1.0 - x));
    }
    if (step < stable_end) return 1.0;
    if (step >= stable_end + decay) return lowest;
    const double x = as_double(step - stable_end) / at_least_one(decay);
    if (down == "linear") return above_lowest(1.0 - x);
    return above_lowest(down == "cosine" ? half_cosine(cycles, x) : 1.0 - std::sqrt(x));
  };
}

struct Schedule {
  std::string name;
  Factor (*make)(const LrScheduleConfig&, ScheduleKwargs&);
};

Factor make_factor(const LrScheduleConfig& config, ScheduleKwargs& kwargs) {
  const std::vector<Schedule> schedules{{"linear", linear},
                                        {"cosine", cosine},
                                        {"cosine_with_restarts", cosine_with_restarts},
                                        {"cosine_with_min_lr", cosine_with_min_lr},
                                        {"cosine_warmup_with_min_lr", cosine_warmup_with_min_lr},
                                        {"polynomial", polynomial},
                                        {"constant", constant},
                                        {"constant_with_warmup", constant_with_warmup},
                                        {"inverse_sqrt", inverse_sqrt},
                                        {"warmup_stable_decay", warmup_stable_decay}};
  std::vector<std::string> names;
  for (const Schedule& s : schedules) {
    if (s.name == config.type) return s.make(config, kwargs);
    names.push_back(s.name);
  }
  const std::string near = nearest(config.type, names);
  throw ConfigError("lr_scheduler_type", fmt::format("lr_scheduler_type: expected one of {}, found \"{}\"{}",
                                                     fmt::join(names, ", "), config.type,
                                                     near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace

LrSchedule::LrSchedule(const LrScheduleConfig& config) : learning_rate_(config.learning_rate) {
  if (config.warmup_steps < 0 || config.total_steps < 0) {
    throw ConfigError("warmup_steps",
                      fmt::format("warmup_steps: expected warm-up and total steps from 0, found {} and {}",
                                  config.warmup_steps, config.total_steps));
  }
  ScheduleKwargs kwargs(config);
  factor_ = make_factor(config, kwargs);
  kwargs.refuse_the_rest();
}

}  // namespace fullshard::optim
