#include "fullshard/train/recorder.hpp"

#include "fullshard/core/error.hpp"
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
  write_down(record);
}

void Recorder::eval(const report::EvalRecord& record) {
  console_.eval(record);
  write_down(record);
}

// Both files get the record even if the first refuses: each keeps what it could not write.
template <class Record>
void Recorder::write_down(const Record& record) {
  std::string refused;
  const auto attempt = [&](auto&& write) {
    try {
      write();
    } catch (const IoError& e) {
      refused = e.what();
    }
  };
  attempt([&] { log_.append(record); });
  attempt([&] { tensorboard_.write(record); });
  if (!refused.empty() && !behind_)
    line("WARNING: " + refused + "; training goes on, the lines are written once there is room");
  behind_ = !refused.empty();
}

void Recorder::finish(const report::RunSummary& summary) {
  report::write_results(header_.output_dir, summary);
  write_file_atomically(header_.output_dir / "report.html",
                        report::html_report(header_, report::read_trainer_log(log_path(header_)), summary));
  console_.summary(summary);
}

}  // namespace fullshard::train
