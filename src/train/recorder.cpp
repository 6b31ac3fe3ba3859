#include "fullshard/train/recorder.hpp"

#include "fullshard/core/files.hpp"
#include "fullshard/report/html_report.hpp"
#include "fullshard/report/results.hpp"

namespace fullshard::train {

namespace {

std::filesystem::path log_path(const report::RunHeader& header) {
  return header.output_dir / "trainer_log.jsonl";
}

report::TrainerLog open_log(const report::RunHeader& header) {
  return header.resumed_from_step ? report::TrainerLog::resume(log_path(header), *header.resumed_from_step)
                                  : report::TrainerLog::create(log_path(header));
}

}  // namespace

Recorder::Recorder(const report::RunHeader& header, report::Console& console)
    : header_(header),
      console_(console),
      log_(open_log(header)),
      tensorboard_(header.output_dir / "tensorboard", header) {
  console_.header(header_);
}

void Recorder::step(const report::StepRecord& record) {
  console_.step(record);
  log_.append(record);
  tensorboard_.write(record);
}

void Recorder::eval(const report::EvalRecord& record) {
  console_.eval(record);
  log_.append(record);
  tensorboard_.write(record);
}

void Recorder::finish(const report::RunSummary& summary) {
  report::write_results(header_.output_dir, summary);
  write_file_atomically(header_.output_dir / "report.html",
                        report::html_report(header_, report::read_trainer_log(log_path(header_)), summary));
  console_.summary(summary);
}

}  // namespace fullshard::train
