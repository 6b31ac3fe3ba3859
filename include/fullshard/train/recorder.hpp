#pragma once

#include <optional>

#include "fullshard/report/console.hpp"
#include "fullshard/report/step_record.hpp"
#include "fullshard/report/tensorboard_writer.hpp"
#include "fullshard/report/trainer_log.hpp"

namespace fullshard::train {

/// Everything that is written down about a run while it goes on; exists on rank 0 alone.
class Recorder {
 public:
  /// Begins a new record, or goes on after `header.resumed_from_step`.
  Recorder(const report::RunHeader& header, report::Console& console);

  void step(const report::StepRecord& record);
  void eval(const report::EvalRecord& record);
  /// A step between two logging steps: moves the progress bar.
  void progress(const report::StepRecord& record) { console_.progress(record); }
  void line(std::string_view text) { console_.line(text); }
  /// To be called before a checkpoint is committed: a crash must not leave a log that ends before it.
  void sync() { log_.sync(); }
  /// Summary, results files and the HTML report.
  void finish(const report::RunSummary& summary);

 private:
  report::RunHeader header_;
  report::Console& console_;
  report::TrainerLog log_;
  report::TensorboardWriter tensorboard_;
};

}  // namespace fullshard::train
