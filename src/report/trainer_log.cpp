#include "fullshard/report/trainer_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include "fullshard/core/error.hpp"
#include "fullshard/core/json_writer.hpp"
#include "report/flat_json.hpp"

namespace fullshard::report {

namespace {

constexpr double kDay = 86400;

double two_decimals(double x) {
  return std::round(x * 100) / 100;
}

// As Python prints a timedelta, which is what LLaMA-Factory's log and its readers have: "1 day, 2:03:04".
std::string timedelta_text(double seconds) {
  const auto s = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e6 * kDay));
  const int64_t days = s / 86400;
  const std::string clock = fmt::format("{}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60);
  return days == 0 ? clock : fmt::format("{} day{}, {}", days, days == 1 ? "" : "s", clock);
}

double timedelta_seconds(std::string_view text) {
  double total = 0;
  if (const size_t comma = text.find(", "); comma != text.npos) {
    int64_t days = 0;
    std::from_chars(text.data(), text.data() + comma, days);
    total = static_cast<double>(days) * kDay;
    text.remove_prefix(comma + 2);
  }
  double clock = 0;
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    int64_t part = 0;
    p = std::from_chars(p, end, part).ptr;
    clock = clock * 60 + static_cast<double>(part);
    if (p == end || *p++ != ':') break;
  }
  return total + clock;
}

template <class Record>
void begin_line(JsonWriter& w, const Record& r) {
  w.begin_object().key("current_steps").value(r.step).key("total_steps").value(r.total_steps);
}

template <class Record>
void end_line(JsonWriter& w, const Record& r) {
  const double done =
      r.total_steps > 0 ? static_cast<double>(r.step) / static_cast<double>(r.total_steps) : 1;
  w.key("epoch").value(r.epoch).key("percentage").value(two_decimals(done * 100));
  w.key("elapsed_time").value(timedelta_text(r.elapsed_seconds));
  w.key("remaining_time").value(timedelta_text(r.remaining_seconds));
}

template <class Record>
Record common_fields(const FlatJson& line, int64_t step) {
  Record r;
  r.step = step;
  r.total_steps = line.integer("total_steps").value_or(0);
  r.epoch = line.number("epoch").value_or(0);
  r.elapsed_seconds = timedelta_seconds(line.text("elapsed_time").value_or(""));
  r.remaining_seconds = timedelta_seconds(line.text("remaining_time").value_or(""));
  return r;
}

void add_to(RunHistory& history, const FlatJson& line, int64_t step) {
  const double absent = std::numeric_limits<double>::quiet_NaN();
  if (const auto eval_loss = line.number("eval_loss")) {
    auto r = common_fields<EvalRecord>(line, step);
    r.eval_loss = *eval_loss;
    r.eval_tokens = line.integer("eval_tokens").value_or(0);
    history.evals.push_back(r);
    return;
  }
  auto r = common_fields<StepRecord>(line, step);
  r.loss = line.number("loss").value_or(absent);
  r.lr = line.number("lr").value_or(absent);
  r.grad_norm = line.number("grad_norm").value_or(absent);
  r.tokens_per_second = line.number("tokens_per_second").value_or(absent);
  r.mfu = line.number("mfu");
  r.peak_host_memory = Bytes{line.integer("peak_host_memory").value_or(0)};
  r.device_memory = Bytes{line.integer("device_memory").value_or(0)};
  r.trained_tokens = line.integer("total_tokens").value_or(0);
  history.steps.push_back(r);
}

using LineVisitor = std::function<void(std::string_view text, const FlatJson& line, int64_t step)>;

void for_each_line(const std::filesystem::path& path, const LineVisitor& visit) {
  const std::string content = read_file(path);
  std::string_view rest = content;
  for (int64_t number = 1;; ++number) {
    const size_t end = rest.find('\n');
    if (end == rest.npos) return;
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const auto line = FlatJson::parse(text);
    const auto step = line ? line->integer("current_steps") : std::nullopt;
    if (!step)
      throw DataError(path, number,
                      "expected a flat JSON object with an integer \"current_steps\", found " +
                          json_excerpt(text) + "; move the file away or delete this line");
    visit(text, *line, *step);
  }
}

}  // namespace

std::string log_line(const StepRecord& r) {
  JsonWriter w;
  begin_line(w, r);
  w.key("loss").value(r.loss).key("lr").value(r.lr);
  end_line(w, r);
  if (r.elapsed_seconds > 0)
    w.key("throughput").value(two_decimals(static_cast<double>(r.trained_tokens) / r.elapsed_seconds));
  w.key("total_tokens").value(r.trained_tokens);
  w.key("grad_norm").value(r.grad_norm).key("tokens_per_second").value(r.tokens_per_second);
  if (r.mfu) w.key("mfu").value(*r.mfu);
  w.key("peak_host_memory").value(r.peak_host_memory.value);
  if (r.device_memory.value > 0) w.key("device_memory").value(r.device_memory.value);
  return w.end_object().str();
}

std::string log_line(const EvalRecord& r) {
  JsonWriter w;
  begin_line(w, r);
  w.key("eval_loss").value(r.eval_loss).key("eval_tokens").value(r.eval_tokens);
  end_line(w, r);
  return w.end_object().str();
}

RunHistory read_trainer_log(const std::filesystem::path& path) {
  RunHistory history;
  for_each_line(path,
                [&](std::string_view, const FlatJson& line, int64_t step) { add_to(history, line, step); });
  return history;
}

TrainerLog TrainerLog::create(const std::filesystem::path& path) {
  write_file_atomically(path, "");
  return TrainerLog(path);
}

TrainerLog TrainerLog::resume(const std::filesystem::path& path, int64_t step) {
  std::string kept;
  if (std::filesystem::exists(path))
    for_each_line(path, [&](std::string_view text, const FlatJson&, int64_t line_step) {
      if (line_step <= step) kept.append(text) += '\n';
    });
  write_file_atomically(path, kept);
  return TrainerLog(path);
}

}  // namespace fullshard::report
