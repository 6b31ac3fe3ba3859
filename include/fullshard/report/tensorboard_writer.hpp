#pragma once
// Event files for TensorBoard: TFRecord frames (length, masked CRC-32C, data, masked CRC-32C) around `Event`
// messages. Field numbers are those of tensorboard/compat/proto/{event,summary,tensor}.proto.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "fullshard/core/append_file.hpp"
#include "fullshard/report/step_record.hpp"

namespace fullshard::report {

/// Writes one new event file, `events.out.tfevents.<time>.<host>.<pid>.0`, into the directory of a run. Tags:
/// train/loss, train/learning_rate, train/grad_norm, train/tokens_per_second, train/mfu, eval/loss. Events
/// are appended with one write each; a torn last one is what TensorBoard expects of a living run. A write
/// that throws IoError keeps its event for the next one.
class TensorboardWriter {
 public:
  /// `directory` is made if need be. With `header.resumed_from_step` = s TensorBoard is told to forget what
  /// earlier files of the directory say about steps after s, so that curves do not double.
  TensorboardWriter(const std::filesystem::path& directory, const RunHeader& header);

  void write(const StepRecord& record);
  void write(const EvalRecord& record);

  const std::filesystem::path& path() const { return file_.path(); }

 private:
  void write_event(int64_t step, int payload_field, std::string_view payload);

  AppendFile file_;
};

/// The header and the configuration as Markdown tables, for TensorBoard's text page.
std::string configuration_markdown(const RunHeader& header);

}  // namespace fullshard::report
