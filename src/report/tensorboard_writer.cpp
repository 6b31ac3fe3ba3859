#include "fullshard/report/tensorboard_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "fullshard/core/error.hpp"
#include "fullshard/core/text.hpp"
#include "report/crc32c.hpp"
#include "report/protobuf.hpp"

namespace fullshard::report {

namespace {

// Event
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
// Summary and Summary.Value
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2, kTensor = 8, kMetadata = 9;
// SummaryMetadata and its PluginData
constexpr int kPluginData = 1, kPluginName = 1;
// TensorProto, TensorShapeProto
constexpr int kDtype = 1, kShape = 2, kStringValue = 8, kDim = 2, kDimSize = 1, kDtString = 7;
// SessionLog
constexpr int kStatus = 1, kStatusStart = 1;

constexpr std::string_view kPrefix = "events.out.tfevents.";

std::string tf_record(std::string_view data) {
  std::string record;
  append_little_endian(record, static_cast<uint64_t>(data.size()));
  append_little_endian(record, masked_crc32c(record));
  record += data;
  append_little_endian(record, masked_crc32c(data));
  return record;
}

int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// TensorBoard reads the files of a run in the order of their names, so a later one needs a later time.
int64_t time_after_all_in(const std::filesystem::path& directory) {
  int64_t time = unix_seconds();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    int64_t theirs = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), theirs);
    // A time of the far future is no file of ours; one more than it might overflow the name's ten digits.
    if (theirs < 9'999'999'999) time = std::max(time, theirs + 1);
  }
  return time;
}

std::filesystem::path new_event_file(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw IoError(directory, -1, "cannot make the directory: " + error.message());
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host = {"localhost"};
  return directory /
         fmt::format("{}{:010}.{}.{}.0", kPrefix, time_after_all_in(directory), host.data(), ::getpid());
}

void add_scalar(Protobuf& summary, std::string_view tag, double value) {
  if (!std::isfinite(value)) return;
  summary.message(kValue, Protobuf().bytes(kTag, tag).real32(kSimpleValue, static_cast<float>(value)));
}

Protobuf text_summary(std::string_view tag, std::string_view markdown) {
  const Protobuf shape = Protobuf().message(kDim, Protobuf().integer(kDimSize, 1));
  const Protobuf tensor =
      Protobuf().integer(kDtype, kDtString).message(kShape, shape).bytes(kStringValue, markdown);
  const Protobuf metadata = Protobuf().message(kPluginData, Protobuf().bytes(kPluginName, "text"));
  return Protobuf().message(
      kValue, Protobuf().bytes(kTag, tag).message(kTensor, tensor).message(kMetadata, metadata));
}

// A table cell: no character may end the cell, the row or start markup.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]<>()#+-.!|").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

}  // namespace

std::string configuration_markdown(const RunHeader& h) {
  std::string out = "| run | |\n|---|---|\n";
  const auto row = [&](std::string_view name, std::string_view value) {
    out += fmt::format("| {} | {} |\n", cell(name), cell(value));
  };
  row("program", h.program_version);
  row("model", h.model_name);
  row("parameters", with_thousands(h.parameters));
  row("precision", h.precision);
  row("strategy", h.strategy);
  row("mesh", h.mesh);
  row("batch", h.batch);
  row("schedule", h.schedule);
  out += "\n| key | value |\n|---|---|\n";
  for (const NamedText& key : h.configuration) row(key.name, key.text);
  return out;
}

TensorboardWriter::TensorboardWriter(const std::filesystem::path& directory, const RunHeader& header)
    : file_(new_event_file(directory), O_EXCL) {
  write_event(0, kFileVersion, "brain.Event:2");
  if (header.resumed_from_step)
    write_event(*header.resumed_from_step + 1, kSessionLog, Protobuf().integer(kStatus, kStatusStart).str());
  write_event(header.resumed_from_step.value_or(0), kSummary,
              text_summary("configuration", configuration_markdown(header)).str());
}

void TensorboardWriter::write(const StepRecord& r) {
  Protobuf summary;
  add_scalar(summary, "train/loss", r.loss);
  add_scalar(summary, "train/learning_rate", r.lr);
  add_scalar(summary, "train/grad_norm", r.grad_norm);
  add_scalar(summary, "train/tokens_per_second", r.tokens_per_second);
  if (r.mfu) add_scalar(summary, "train/mfu", *r.mfu);
  write_event(r.step, kSummary, summary.str());
}

void TensorboardWriter::write(const EvalRecord& r) {
  Protobuf summary;
  add_scalar(summary, "eval/loss", r.eval_loss);
  write_event(r.step, kSummary, summary.str());
}

void TensorboardWriter::write_event(int64_t step, int payload_field, std::string_view payload) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const Protobuf event = Protobuf().real64(kWallTime, now).integer(kStep, step).bytes(payload_field, payload);
  file_.append(tf_record(event.str()));
}

}  // namespace fullshard::report
