#include "fullshard/optim/lr_schedule.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "fullshard/config/schedule_names.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::optim {

namespace {

template <class Names>
auto value_of(const Names& names, std::string_view name) {
  for (const auto& [known, value] : names)
    if (known == name) return value;
  throw std::invalid_argument(std::string(name));
}

config::ScheduleOptions options_of(const boost::json::object& kwargs) {
  config::ScheduleOptions o;
  const auto number = [&]<class T>(const char* key, std::optional<T>& to) {
    if (const auto* v = kwargs.if_contains(key)) to = v->to_number<T>();
  };
  const auto curve = [&](const char* key, std::optional<config::Curve>& to) {
    if (const auto* v = kwargs.if_contains(key)) to = value_of(config::kCurveNames, v->as_string());
  };
  number("num_cycles", o.num_cycles);
  number("power", o.power);
  number("lr_end", o.lr_end);
  number("min_lr", o.min_lr);
  number("min_lr_rate", o.min_lr_rate);
  number("min_lr_ratio", o.min_lr_ratio);
  number("timescale", o.timescale);
  number("num_stable_steps", o.num_stable_steps);
  number("num_decay_steps", o.num_decay_steps);
  curve("warmup_type", o.warmup_type);
  curve("decay_type", o.decay_type);
  return o;
}

LrScheduleConfig config_of(const boost::json::object& o) {
  return {.type = value_of(config::kScheduleNames, o.at("lr_scheduler_type").as_string()),
          .options = options_of(o.at("lr_scheduler_kwargs").as_object()),
          .learning_rate = o.at("learning_rate").to_number<double>(),
          .warmup_steps = o.at("warmup_steps").to_number<int64_t>(),
          .total_steps = o.at("max_steps").to_number<int64_t>()};
}

}  // namespace

TEST(LrSchedule, has_the_values_of_transformers_past_the_end_too) {
  const boost::json::value cases = boost::json::parse(read_file(FULLSHARD_SCHEDULES));
  ASSERT_GT(cases.as_array().size(), 50u);
  for (const boost::json::value& one : cases.as_array()) {
    const LrScheduleConfig config = config_of(one.as_object());
    SCOPED_TRACE(boost::json::serialize(one.at("lr_scheduler_type")) +
                 boost::json::serialize(one.at("lr_scheduler_kwargs")));

    const LrSchedule schedule(config);

    // The same operations in the same order; pow and cos may differ in their last bit between C libraries.
    int64_t step = 0;
    for (const boost::json::value& rate : one.at("lr").as_array()) {
      EXPECT_DOUBLE_EQ(schedule.rate(step), rate.to_number<double>()) << "step " << step;
      ++step;
    }
  }
}

TEST(LrSchedule, a_run_that_is_all_warmup_or_empty_stays_finite) {
  const config::ScheduleOptions least{.min_lr_rate = 0.1}, decay{.num_decay_steps = 0};
  for (const auto& [name, type] : config::kScheduleNames) {
    for (const int64_t steps : {0, 3}) {
      const LrSchedule schedule({.type = type,
                                 .options = type == config::Schedule::CosineWithMinLr ? least : decay,
                                 .learning_rate = 1e-3,
                                 .warmup_steps = steps,
                                 .total_steps = steps});
      for (int64_t step = 0; step < 5; ++step)
        EXPECT_TRUE(std::isfinite(schedule.rate(step))) << name << step;
    }
  }
}

}  // namespace fullshard::optim
