#pragma once

#include <optional>

#include "fullshard/report/console.hpp"
#include "fullshard/report/console_text.hpp"
#include "fullshard/report/step_record.hpp"
#include "fullshard/report/tensorboard_writer.hpp"
#include "fullshard/report/trainer_log.hpp"

namespace fullshard::train {

/// Everything that is written down about a run while it goes on; exists on rank 0 alone. Files that cannot be
/// written (a full disk) are said once and written later: a log must not end a run.
class Recorder {
 public:
  /// Begins a new record, or goes on after `header.resumed_from_step`.
  Recorder(const report::RunHeader& header, report::Console& console);

  void step(const report::StepRecord& record);
  void eval(const report::EvalRecord& record);
  /// A step between two logging steps: moves the progress bar.
  void progress(const report::StepRecord& record) { console_.progress(record); }
  void line(std::string_view text) { console_.line(text); }
  void transfer(const report::Transfer& transfer) { line(report::transfer_text(transfer)); }
  /// To be called before a checkpoint is committed: a crash must not leave a log that ends before it.
  void sync() { log_.sync(); }
  /// Summary, results files and the HTML report.
  void finish(const report::RunSummary& summary);

 private:
  template <class Record>
  void write_down(const Record& record);

  report::RunHeader header_;
  report::Console& console_;
  report::TrainerLog log_;
  report::TensorboardWriter tensorboard_;
  bool behind_ = false;  ///< the files lack something that is kept in memory
};

}  // namespace fullshard::train
