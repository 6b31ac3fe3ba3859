#pragma once
// `trainer_log.jsonl`: one JSON object per logged step or evaluation, with the keys of LLaMA-Factory's log
// callback (current_steps, total_steps, loss, eval_loss, lr, epoch, percentage, elapsed_time, remaining_time,
// throughput, total_tokens) and ours: grad_norm, tokens_per_second, mfu, peak_host_memory, eval_tokens.
// Numbers read back as the same doubles, times as whole seconds.

#include <cstdint>
#include <filesystem>
#include <string>

#include "fullshard/core/append_file.hpp"
#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

/// The line without its newline.
std::string log_line(const StepRecord& record);
std::string log_line(const EvalRecord& record);

/// Reads a whole log. A last line without newline is what a killed process left, and is passed over; any
/// other line that is no flat JSON object with current_steps is a DataError with its number.
RunHistory read_trainer_log(const std::filesystem::path& path);

/// Appends to the log of a run. An append or sync that throws IoError keeps its line for the next one.
class TrainerLog {
 public:
  /// A new run: `path` becomes empty.
  static TrainerLog create(const std::filesystem::path& path);
  /// Continues after step `step`: lines of later steps are cut off, atomically, so that each stands there
  /// once. A missing file counts as empty.
  static TrainerLog resume(const std::filesystem::path& path, int64_t step);

  void append(const StepRecord& record) { file_.append(log_line(record) + '\n'); }
  void append(const EvalRecord& record) { file_.append(log_line(record) + '\n'); }
  /// Makes the lines so far durable; call before a checkpoint is committed, or a crash of the machine may
  /// leave a log that ends before the step that the run continues from.
  void sync() { file_.sync(); }

 private:
  explicit TrainerLog(const std::filesystem::path& path) : file_(path) {}

  AppendFile file_;
};

}  // namespace fullshard::report
