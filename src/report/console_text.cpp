#include "fullshard/report/console_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "fullshard/core/text.hpp"

namespace fullshard::report {

namespace {

constexpr int kNarrowestBar = 8, kWidestBar = 40;

std::string rounded(double value) {
  return with_thousands(std::isfinite(value) ? std::llround(value) : 0);
}

// "step    20/1000", as wide as the last step's will be.
std::string step_of_total(int64_t step, int64_t total) {
  const std::string last = std::to_string(total);
  return fmt::format("step {:>{}}/{}", step, last.size(), last);
}

// Lines "  name      text" with one column of names; empty texts are left out.
std::string aligned(const std::vector<NamedText>& rows) {
  size_t width = 0;
  for (const NamedText& row : rows) width = std::max(width, row.name.size());
  std::string out;
  for (const NamedText& row : rows)
    if (!row.text.empty()) out += fmt::format("  {:<{}}  {}\n", row.name, width, row.text);
  return out;
}

std::string memory_line(const RunHeader& h) {
  Bytes total;
  std::string parts;
  for (const NamedBytes& part : h.memory_per_rank) {
    if (part.size.value == 0) continue;
    total += part.size;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", part.name, human(part.size));
  }
  return parts.empty() ? "" : fmt::format("{} = {}", human(total), parts);
}

std::string eval_line(const std::optional<EvalRecord>& e) {
  if (!e) return "";
  return fmt::format("{:.4f} at step {} over {} tokens", e->eval_loss, with_thousands(e->step),
                     with_thousands(e->eval_tokens));
}

std::string plural(int64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", with_thousands(n), noun, n == 1 ? "" : "s");
}

std::string digests_line(const RunSummary& s) {
  std::string text;
  if (s.checkpoint_digest) text = "checkpoint " + s.checkpoint_digest->hex();
  if (s.model_digest) text += (text.empty() ? "model " : ", model ") + s.model_digest->hex();
  return text;
}

}  // namespace

std::string header_text(const RunHeader& h) {
  std::vector<NamedText> rows = {
      {"model", fmt::format("{} ({}, {} parameters)", h.model_name, h.family, with_thousands(h.parameters))},
      {"precision", h.precision},
      {"mesh", fmt::format("{}, {} per rank", h.mesh, plural(h.threads_per_rank, "thread"))},
      {"device", h.device},
      {"strategy", h.strategy}};
  for (const std::string& line : h.communication)
    rows.push_back({&line == &h.communication.front() ? "collectives" : "", line});
  rows.push_back({"memory/rank", memory_line(h)});
  for (const std::string& line : h.data) rows.push_back({&line == &h.data.front() ? "data" : "", line});
  rows.push_back({"steps", fmt::format("{} ({:.4g} epochs), batch {}", with_thousands(h.total_steps),
                                       h.epochs, h.batch)});
  rows.push_back({"schedule", h.schedule});
  rows.push_back({"output", h.output_dir.string()});
  if (h.resumed_from_step) rows.push_back({"resumed", "after step " + with_thousands(*h.resumed_from_step)});
  return h.program_version + "\n" + aligned(rows);
}

std::string step_text(const StepRecord& r) {
  std::string out = fmt::format("{}  loss {:.4f}  lr {:.3e}  grad_norm {:.3f}  {} tok/s",
                                step_of_total(r.step, r.total_steps), r.loss, r.lr, r.grad_norm,
                                rounded(r.tokens_per_second));
  if (r.mfu) out += fmt::format("  MFU {:.1f} %", 100 * *r.mfu);
  return out + fmt::format("  mem {}  ETA {}", human(std::max(r.peak_host_memory, r.device_memory)),
                           human_duration(r.remaining_seconds));
}

std::string eval_text(const EvalRecord& r) {
  return fmt::format("{}  eval_loss {:.4f} over {} tokens", step_of_total(r.step, r.total_steps), r.eval_loss,
                     with_thousands(r.eval_tokens));
}

std::string transfer_text(const Transfer& t) {
  const std::string moved = fmt::format("{}: {} in {:.3f} s", t.what, human(t.size), t.seconds);
  if (t.seconds <= 0) return moved;
  return moved + fmt::format(", {}/s", human({std::llround(static_cast<double>(t.size.value) / t.seconds)}));
}

std::string communication_text(const RunSummary& s) {
  if (!s.communication) return "";
  const Communication& c = *s.communication;
  std::string text =
      fmt::format("{:.3g} s, exposed {:.3g} s ({:.1f} % of the time)", c.seconds, c.exposed_seconds,
                  s.runtime_seconds > 0 ? 100 * c.exposed_seconds / s.runtime_seconds : 0);
  if (c.sent_between_nodes.value > 0)
    text += fmt::format("; {} between nodes per node and step", human(c.sent_between_nodes));
  return text;
}

std::string data_wait_text(const RunSummary& s) {
  if (!s.data_wait) return "";
  return fmt::format("waited for {:.3g} s ({:.2f} % of the time)", s.data_wait->seconds,
                     100 * s.data_wait->share());
}

std::string summary_text(const RunSummary& s) {
  std::string speed = rounded(s.tokens_per_second) + " tokens/s";
  if (s.mfu) speed += fmt::format(", MFU {:.1f} %", 100 * *s.mfu);
  return s.outcome + "\n" +
         aligned(
             {{"steps", fmt::format("{} ({:.4g} epochs, {}, {})", with_thousands(s.steps), s.epochs,
                                    plural(s.samples, "sample"), plural(s.trained_tokens, "trained token"))},
              {"train loss", fmt::format("{:.4f} (mean)", s.train_loss)},
              {"eval loss", eval_line(s.last_eval)},
              {"best", eval_line(s.best_eval)},
              {"time", human_duration(s.runtime_seconds)},
              {"speed", speed},
              {"peak memory", human(s.peak_host_memory) + " per rank"},
              {"collectives", communication_text(s)},
              {"data", data_wait_text(s)},
              {"model", s.model_dir.string()},
              {"digests", digests_line(s)}});
}

std::string progress_text(const StepRecord& r, int columns) {
  const double done =
      r.total_steps > 0
          ? std::clamp(static_cast<double>(r.step) / static_cast<double>(r.total_steps), 0.0, 1.0)
          : 0;
  const std::string percent = fmt::format("{:3.0f} %", std::floor(100 * done));
  if (columns < static_cast<int>(percent.size())) return "";
  std::string facts;
  for (const std::string& fact :
       {fmt::format("  {}/{}", r.step, r.total_steps), fmt::format("  loss {:.4f}", r.loss),
        "  ETA " + human_duration(r.remaining_seconds),
        fmt::format("  {} tok/s", rounded(r.tokens_per_second))}) {
    if (static_cast<int>(percent.size() + facts.size() + fact.size()) + kNarrowestBar + 3 > columns) break;
    facts += fact;
  }
  const int room = columns - static_cast<int>(percent.size() + facts.size()) - 3;  // space and two brackets
  if (room < kNarrowestBar) return percent;
  const int width = std::min(room, kWidestBar);
  const int filled = static_cast<int>(std::floor(done * width));
  return fmt::format("{} [{}{}]{}", percent, std::string(static_cast<size_t>(filled), '#'),
                     std::string(static_cast<size_t>(width - filled), '.'), facts);
}

}  // namespace fullshard::report
