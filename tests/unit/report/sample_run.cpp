// report_sample_run DIR [records]: what a run of `records` logged steps leaves in DIR, stopped at two thirds
// and resumed from one half, without training anything. For oracles and for looking at the outputs.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "fullshard/core/error.hpp"
#include "fullshard/report/html_report.hpp"
#include "fullshard/report/results.hpp"
#include "fullshard/report/tensorboard_writer.hpp"
#include "fullshard/report/trainer_log.hpp"

namespace fullshard::report {

namespace {

RunHeader sample_header(const std::filesystem::path& dir, int64_t total) {
  return {.program_version = "fullshard 0.1.0",
          .model_name = "SmolLM2-135M-Instruct",
          .family = "llama",
          .parameters = 134'515'008,
          .precision = "bf16, fp32 master",
          .strategy = "zero3",
          .mesh = "1 node x 2 ranks",
          .ranks = 2,
          .threads_per_rank = 1,
          .memory_per_rank = {{"weights", Bytes{134515008}},
                              {"gradients", Bytes{269030016}},
                              {"optimizer", Bytes{807090048}},
                              {"activations", Bytes{214748364}}},
          .data = {"7,473 samples from gsm8k/train.jsonl", "12 samples longer than cutoff_len 1,024 were cut",
                   "200 samples held out for evaluation"},
          .total_steps = total,
          .epochs = 3,
          .batch = "16 = 2 ranks x 4 x 2 accumulated",
          .schedule = "cosine, peak 2e-5, 3 % warmup",
          .output_dir = dir,
          .configuration = {{"model_name_or_path", "models/SmolLM2-135M-Instruct"},
                            {"dataset", "gsm8k/train.jsonl"},
                            {"columns", "{\"prompt\":\"question\",\"response\":\"answer\"}"},
                            {"cutoff_len", "1024"},
                            {"learning_rate", "2e-05"},
                            {"bf16", "true"},
                            {"note", "text with <b>markup</b> & \"quotes\""}}};
}

// Smooth trends with a deterministic jitter, as curves of real runs have them.
StepRecord sample_step(int64_t step, int64_t total) {
  const double t = static_cast<double>(step) / static_cast<double>(total);
  const double jitter =
      std::sin(static_cast<double>(step) * 12.9898) * std::cos(static_cast<double>(step) * 4.1414);
  const double warm = std::min(1.0, t / 0.03);
  return {.step = step,
          .total_steps = total,
          .epoch = 3 * t,
          .loss = 0.9 + 1.4 * std::exp(-5 * t) + 0.12 * jitter,
          .lr = 2e-5 * warm * 0.5 * (1 + std::cos(3.14159265358979 * t)),
          .grad_norm = (0.6 + 3 * std::exp(-12 * t)) * std::exp(0.4 * jitter) * (step % 97 == 96 ? 4 : 1),
          .tokens_per_second = 5210 + 130 * jitter - (step % 61 == 60 ? 900 : 0),
          .mfu = 0.61 + 0.01 * jitter,
          .peak_host_memory = Bytes{2'140'000'000},
          .elapsed_seconds = 1.9 * static_cast<double>(step),
          .remaining_seconds = 1.9 * static_cast<double>(total - step),
          .trained_tokens = 9900 * step};
}

EvalRecord sample_eval(const StepRecord& at) {
  return {.step = at.step,
          .total_steps = at.total_steps,
          .epoch = at.epoch,
          .eval_loss = 1.0 + 1.2 * std::exp(-4.5 * at.epoch / 3),
          .eval_tokens = 24'310,
          .elapsed_seconds = at.elapsed_seconds,
          .remaining_seconds = at.remaining_seconds};
}

void run_steps(const RunHeader& header, TrainerLog log, int64_t first, int64_t last) {
  TensorboardWriter tensorboard(header.output_dir / "tensorboard", header);
  for (int64_t step = first; step <= last; ++step) {
    const StepRecord record = sample_step(step, header.total_steps);
    log.append(record);
    tensorboard.write(record);
    if (step % std::max<int64_t>(1, header.total_steps / 12) != 0) continue;
    log.append(sample_eval(record));
    tensorboard.write(sample_eval(record));
  }
}

RunSummary sample_summary(const RunHeader& header, const RunHistory& history) {
  const StepRecord& last = history.steps.back();
  return {.outcome = "finished",
          .steps = last.step,
          .epochs = 3,
          .train_loss = 1.18,
          .runtime_seconds = last.elapsed_seconds,
          .samples = 16 * last.step,
          .trained_tokens = last.trained_tokens,
          .tokens_per_second = static_cast<double>(last.trained_tokens) / last.elapsed_seconds,
          .mfu = last.mfu,
          .peak_host_memory = last.peak_host_memory,
          .last_eval = history.evals.back(),
          .best_eval = history.evals.back(),
          .model_dir = header.output_dir};
}

void leave_sample_run(const std::filesystem::path& dir, int64_t records) {
  RunHeader header = sample_header(dir, records);
  const std::filesystem::path log = dir / "trainer_log.jsonl";
  std::filesystem::create_directories(dir);
  run_steps(header, TrainerLog::create(log), 1, records * 2 / 3);
  header.resumed_from_step = records / 2;
  run_steps(header, TrainerLog::resume(log, records / 2), records / 2 + 1, records);
  const RunHistory history = read_trainer_log(log);
  const RunSummary summary = sample_summary(header, history);
  write_results(dir, summary);
  write_file_atomically(dir / "report.html", html_report(header, history, summary));
}

}  // namespace

}  // namespace fullshard::report

int main(int argc, char** argv) {
  const int64_t records = argc > 2 ? std::atoll(argv[2]) : 200;
  if (argc < 2 || records < 1) {
    std::cerr << "usage: report_sample_run DIR [records]\n";
    return 2;
  }
  try {
    fullshard::report::leave_sample_run(argv[1], records);
  } catch (const fullshard::Error& e) {
    std::cerr << e.what() << "\n";
    return static_cast<int>(e.exit_code());
  }
}
