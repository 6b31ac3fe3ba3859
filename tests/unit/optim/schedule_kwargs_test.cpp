#include "optim/schedule_kwargs.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "fullshard/core/error.hpp"

namespace fullshard::optim {

using testing::HasSubstr;

namespace {

std::string message(const LrScheduleConfig& config, const std::string& key) {
  try {
    LrSchedule schedule(config);
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.key, key);
    return e.what();
  }
  ADD_FAILURE() << "no ConfigError";
  return {};
}

}  // namespace

TEST(ScheduleKwargs, an_unknown_key_is_refused_with_the_nearest) {
  const std::string text = message({.type = "cosine", .total_steps = 20, .kwargs = {{"num_cycle", 1.0}}},
                                   "lr_scheduler_kwargs.num_cycle");

  EXPECT_THAT(text, HasSubstr("did you mean num_cycles?"));
}

TEST(ScheduleKwargs, a_key_of_another_schedule_is_refused) {
  EXPECT_THAT(message({.type = "constant", .kwargs = {{"power", 2.0}}}, "lr_scheduler_kwargs.power"),
              HasSubstr("constant takes nothing; remove it"));
}

TEST(ScheduleKwargs, a_value_of_the_wrong_kind_is_refused) {
  EXPECT_THAT(message({.type = "polynomial", .learning_rate = 1e-3, .kwargs = {{"power", "2"}}},
                      "lr_scheduler_kwargs.power"),
              HasSubstr("expected a finite number, found \"2\""));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message({.type = "polynomial", .learning_rate = 1e-3, .kwargs = {{"power", kInfinity}}},
                      "lr_scheduler_kwargs.power"),
              HasSubstr("expected a finite number, found inf"));
  EXPECT_THAT(message({.type = "warmup_stable_decay", .kwargs = {{"num_decay_steps", 2.5}}},
                      "lr_scheduler_kwargs.num_decay_steps"),
              HasSubstr("found 2.5"));
  EXPECT_THAT(
      message({.type = "warmup_stable_decay", .kwargs = {{"num_decay_steps", 2.0}, {"decay_type", "sqrt"}}},
              "lr_scheduler_kwargs.decay_type"),
      HasSubstr("linear, cosine, 1-sqrt"));
}

TEST(ScheduleKwargs, what_a_schedule_needs_is_asked_for) {
  message({.type = "warmup_stable_decay", .total_steps = 20}, "lr_scheduler_kwargs.num_decay_steps");
  message({.type = "cosine_with_min_lr", .total_steps = 20}, "lr_scheduler_kwargs");
  message(
      {.type = "cosine_with_min_lr", .total_steps = 20, .kwargs = {{"min_lr", 1e-6}, {"min_lr_rate", 0.1}}},
      "lr_scheduler_kwargs");
  message({.type = "polynomial", .learning_rate = 1e-8, .total_steps = 20}, "learning_rate");
  message({.type = "inverse_sqrt", .kwargs = {{"timescale", 0.0}}}, "lr_scheduler_kwargs.timescale");
}

}  // namespace fullshard::optim
