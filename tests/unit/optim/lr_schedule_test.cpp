#include "fullshard/optim/lr_schedule.hpp"

#include <gmock/gmock.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::optim {

namespace {

LrScheduleConfig config_of(const boost::json::object& o) {
  LrScheduleConfig c{.type = o.at("lr_scheduler_type").as_string().c_str(),
                     .learning_rate = o.at("learning_rate").to_number<double>(),
                     .warmup_steps = o.at("warmup_steps").to_number<int64_t>(),
                     .total_steps = o.at("max_steps").to_number<int64_t>()};
  for (const auto& [key, value] : o.at("lr_scheduler_kwargs").as_object())
    c.kwargs[key] = value.is_string() ? ScheduleValue(std::string(value.as_string()))
                                      : ScheduleValue(value.to_number<double>());
  return c;
}

constexpr std::array<int64_t, 8> kSteps{0, 1, 2, 3, 9, 10, 19, 20};

void expect_rates(const LrScheduleConfig& config, const std::array<double, 8>& rates) {
  const LrSchedule schedule(config);
  // The same operations in the same order; pow and cos may differ in their last bit between C libraries.
  for (size_t i = 0; i < kSteps.size(); ++i)
    EXPECT_DOUBLE_EQ(schedule.rate(kSteps[i]), rates[i]) << kSteps[i];
}

}  // namespace

TEST(LrSchedule, has_the_values_of_transformers_past_the_end_too) {
  const boost::json::value cases = boost::json::parse(read_file(FULLSHARD_SCHEDULES));
  ASSERT_GT(cases.as_array().size(), 50u);
  for (const boost::json::value& one : cases.as_array()) {
    const LrScheduleConfig config = config_of(one.as_object());
    SCOPED_TRACE(boost::json::serialize(one.at("lr_scheduler_kwargs")) + config.type);

    const LrSchedule schedule(config);

    int64_t step = 0;
    for (const boost::json::value& rate : one.at("lr").as_array()) {
      EXPECT_DOUBLE_EQ(schedule.rate(step), rate.to_number<double>()) << "step " << step;
      ++step;
    }
  }
}

/// From the functions of transformers 5.23 at learning rate 3e-4, warm-up 2, 20 steps.
TEST(LrSchedule, cosine_with_restarts_begins_again) {
  expect_rates({.type = "cosine_with_restarts",
                .learning_rate = 3e-4,
                .warmup_steps = 2,
                .total_steps = 20,
                .kwargs = {{"num_cycles", 3.0}}},
               {0.0, 0.00015, 0.0003, 0.0002799038105676658, 0.00027990381056766574, 0.00022500000000000005,
                2.009618943233426e-05, 0.0});
}

TEST(LrSchedule, cosine_warmup_with_min_lr_is_one_step_ahead) {
  LrScheduleConfig config{.type = "cosine_warmup_with_min_lr",
                          .learning_rate = 3e-4,
                          .warmup_steps = 2,
                          .total_steps = 20,
                          .kwargs = {{"min_lr", 3e-5}}};
  expect_rates(config, {0.00015, 0.0003, 0.0002979490466566481, 0.00029185850380609757, 0.0001884425039850356,
                        0.000165, 2.9999999999999997e-05, 3.205095334335192e-05});

  config.kwargs = {{"min_lr_rate", 0.1}, {"warmup_lr_rate", 0.25}};
  expect_rates(config, {7.5e-05, 0.0003, 0.0002979490466566481, 0.00029185850380609757, 0.0001884425039850356,
                        0.000165, 2.9999999999999997e-05, 3.205095334335192e-05});
}

TEST(LrSchedule, an_unknown_type_is_refused_with_the_nearest) {
  try {
    LrSchedule schedule({.type = "cosine_with_restart"});
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.key, "lr_scheduler_type");
    EXPECT_THAT(e.what(), testing::HasSubstr("did you mean cosine_with_restarts?"));
  }
}

TEST(LrSchedule, a_run_that_is_all_warmup_or_empty_stays_finite) {
  for (const std::string type : {"linear", "cosine", "polynomial", "inverse_sqrt", "cosine_with_restarts"}) {
    for (const int64_t steps : {0, 3}) {
      const LrSchedule schedule(
          {.type = type, .learning_rate = 1e-3, .warmup_steps = steps, .total_steps = steps});
      for (int64_t step = 0; step < 5; ++step)
        EXPECT_TRUE(std::isfinite(schedule.rate(step))) << type << step;
    }
  }
}

}  // namespace fullshard::optim
