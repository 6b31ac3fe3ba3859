#include "fullshard/report/trainer_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "fullshard/core/error.hpp"
#include "support/temp_dir.hpp"

namespace fullshard::report {

namespace {

StepRecord step_record(int64_t step) {
  return {.step = step,
          .total_steps = 300,
          .epoch = 0.1 * static_cast<double>(step),
          .loss = 1.0 / 3.0 + static_cast<double>(step),
          .lr = 1.5e-5,
          .grad_norm = 0.1 + 0.2,
          .tokens_per_second = 9876.54321,
          .mfu = 0.4321,
          .peak_host_memory = Bytes{int64_t{3} << 30},
          .elapsed_seconds = 93784,
          .remaining_seconds = 61,
          .trained_tokens = (int64_t{1} << 53) + 1};
}

std::vector<int64_t> steps_in(const std::filesystem::path& path) {
  std::vector<int64_t> steps;
  for (const StepRecord& r : read_trainer_log(path).steps) steps.push_back(r.step);
  return steps;
}

}  // namespace

TEST(TrainerLog, every_number_reads_back_as_the_same_double) {
  test::TempDir dir;
  const StepRecord in = step_record(7);

  TrainerLog::create(dir / "log").append(in);

  const RunHistory history = read_trainer_log(dir / "log");
  ASSERT_EQ(history.steps.size(), 1u);
  const StepRecord& out = history.steps[0];
  EXPECT_EQ(out.step, in.step);
  EXPECT_EQ(out.total_steps, in.total_steps);
  EXPECT_EQ(out.epoch, in.epoch);
  EXPECT_EQ(out.loss, in.loss);
  EXPECT_EQ(out.lr, in.lr);
  EXPECT_EQ(out.grad_norm, in.grad_norm);
  EXPECT_EQ(out.tokens_per_second, in.tokens_per_second);
  EXPECT_EQ(out.mfu, in.mfu);
  EXPECT_EQ(out.peak_host_memory, in.peak_host_memory);
  EXPECT_EQ(out.elapsed_seconds, in.elapsed_seconds);
  EXPECT_EQ(out.remaining_seconds, in.remaining_seconds);
  EXPECT_EQ(out.trained_tokens, in.trained_tokens);
}

TEST(TrainerLog, lines_have_the_keys_and_forms_of_llama_factory) {
  const std::string line = log_line(step_record(100));

  for (const char* part :
       {"\"current_steps\":100", "\"total_steps\":300", "\"loss\":100.333", "\"lr\":1.5e-05",
        "\"percentage\":33.33,", "\"elapsed_time\":\"1 day, 2:03:04\"", "\"remaining_time\":\"0:01:01\"",
        "\"throughput\":", "\"total_tokens\":9007199254740993", "\"grad_norm\":0.30000000000000004"})
    EXPECT_THAT(line, testing::HasSubstr(part));
}

TEST(TrainerLog, evaluations_are_lines_of_their_own) {
  test::TempDir dir;
  TrainerLog log = TrainerLog::create(dir / "log");

  log.append(step_record(1));
  log.append(EvalRecord{.step = 1, .total_steps = 3, .epoch = 1, .eval_loss = 2.5, .eval_tokens = 77});

  const RunHistory history = read_trainer_log(dir / "log");
  ASSERT_EQ(history.evals.size(), 1u);
  EXPECT_EQ(history.steps.size(), 1u);
  EXPECT_EQ(history.evals[0].eval_loss, 2.5);
  EXPECT_EQ(history.evals[0].eval_tokens, 77);
}

TEST(TrainerLog, a_resumed_run_has_each_step_once) {
  test::TempDir dir;
  TrainerLog first = TrainerLog::create(dir / "log");
  for (int64_t s = 1; s <= 5; ++s) first.append(step_record(s));
  first.append(EvalRecord{.step = 5, .eval_loss = 1});

  TrainerLog second = TrainerLog::resume(dir / "log", 3);
  for (int64_t s = 4; s <= 6; ++s) second.append(step_record(s));
  second.sync();

  EXPECT_THAT(steps_in(dir / "log"), testing::ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_TRUE(read_trainer_log(dir / "log").evals.empty());
}

TEST(TrainerLog, a_new_run_starts_an_empty_log) {
  test::TempDir dir;
  TrainerLog::create(dir / "log").append(step_record(1));

  TrainerLog::create(dir / "log");

  EXPECT_TRUE(steps_in(dir / "log").empty());
}

TEST(TrainerLog, resuming_without_a_log_starts_one) {
  test::TempDir dir;

  TrainerLog::resume(dir / "log", 4).append(step_record(5));

  EXPECT_THAT(steps_in(dir / "log"), testing::ElementsAre(5));
}

TEST(TrainerLog, half_a_line_at_the_end_is_what_a_kill_leaves_and_is_dropped) {
  test::TempDir dir;
  std::ofstream(dir / "log") << log_line(step_record(1)) << "\n" << log_line(step_record(2)).substr(0, 40);

  EXPECT_THAT(steps_in(dir / "log"), testing::ElementsAre(1));
  TrainerLog::resume(dir / "log", 1).append(step_record(2));
  EXPECT_THAT(steps_in(dir / "log"), testing::ElementsAre(1, 2));
}

TEST(TrainerLog, a_line_that_is_no_log_line_is_named) {
  test::TempDir dir;
  for (const char* bad :
       {"{\"loss\":1}", "[]", "{\"current_steps\":{}}", "{\"current_steps\":1} x", "{\"current_steps\":1,",
        "{\"current_steps\":1.5}", "{\"a\":nope,\"current_steps\":1}", "\\"}) {
    std::ofstream(dir / "log") << log_line(step_record(1)) << "\n" << bad << "\n";
    try {
      read_trainer_log(dir / "log");
      ADD_FAILURE() << bad;
    } catch (const DataError& e) {
      EXPECT_EQ(e.line, 2);
    }
  }
}

TEST(TrainerLog, values_that_are_not_there_read_as_nan) {
  test::TempDir dir;
  std::ofstream(dir / "log") << "{\"current_steps\": 3, \"loss\": null, \"note\": \"a \\\"b\\\" \\u0041\"}\n";

  const RunHistory history = read_trainer_log(dir / "log");

  ASSERT_EQ(history.steps.size(), 1u);
  EXPECT_TRUE(std::isnan(history.steps[0].loss));
  EXPECT_TRUE(std::isnan(history.steps[0].lr));
}

TEST(TrainerLog, a_directory_that_is_not_there_is_an_io_error) {
  test::TempDir dir;

  EXPECT_THROW(TrainerLog::create((dir / "absent") / "log"), IoError);
}

}  // namespace fullshard::report
