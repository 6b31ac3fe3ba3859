#include "fullshard/report/html_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fullshard/core/text.hpp"
#include "report/chart.hpp"
#include "report/html_page.hpp"

namespace fullshard::report {

namespace {

std::vector<Point> points_of(const std::vector<StepRecord>& steps, double StepRecord::*value) {
  std::vector<Point> out;
  for (const StepRecord& r : steps) out.push_back({static_cast<double>(r.step), r.*value});
  return out;
}

std::vector<Chart> charts_of(const RunHistory& history) {
  const auto steps = [&](double StepRecord::*value) { return points_of(history.steps, value); };
  std::vector<Point> evals;
  for (const EvalRecord& r : history.evals) evals.push_back({static_cast<double>(r.step), r.eval_loss});
  return {
      {"Loss",
       "per trained token",
       Range::Tight,
       {{"training", "train", Style::Smoothed, steps(&StepRecord::loss)},
        {"evaluation", "eval", Style::Dots, evals}}},
      {"Learning rate", "", Range::FromZero, {{"rate", "train", Style::Line, steps(&StepRecord::lr)}}},
      {"Gradient norm",
       "before clipping",
       Range::Tight,
       {{"norm", "train", Style::Smoothed, steps(&StepRecord::grad_norm)}}},
      {"Throughput",
       "tokens per second",
       Range::FromZero,
       {{"tokens/s", "train", Style::Smoothed, steps(&StepRecord::tokens_per_second)}}},
  };
}

std::string fact(std::string_view name, std::string_view value, std::string_view detail) {
  return fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>", escaped(name), escaped(value),
                     escaped(detail));
}

std::string facts_html(const RunHeader& h, const RunHistory& history, const RunSummary& s) {
  std::string out = "<dl class=\"facts\">";
  if (!history.steps.empty())
    out += fact("Last training loss", readable(history.steps.back().loss),
                "from " + readable(history.steps.front().loss) + " at step " +
                    with_thousands(history.steps.front().step));
  if (s.best_eval)
    out += fact("Best evaluation loss", readable(s.best_eval->eval_loss),
                "at step " + with_thousands(s.best_eval->step));
  out += fact("Steps", with_thousands(s.steps), fmt::format("{} epochs", readable(s.epochs)));
  out += fact("Run time", human_duration(s.runtime_seconds),
              fmt::format("{} rank{}", h.ranks, h.ranks == 1 ? "" : "s"));
  out += fact("Tokens per second", readable(s.tokens_per_second),
              s.mfu ? fmt::format("{:.1f} % of peak", 100 * *s.mfu) : "all ranks");
  out += fact("Peak memory", human(s.peak_host_memory), "host, largest rank");
  if (s.communication && s.runtime_seconds > 0)
    out += fact("Exposed communication",
                fmt::format("{:.1f} %", 100 * s.communication->exposed_seconds / s.runtime_seconds),
                fmt::format("of the time; {} s of {} s in collectives",
                            readable(s.communication->exposed_seconds), readable(s.communication->seconds)));
  if (s.data_wait)
    out += fact("Wait for data", fmt::format("{:.2f} %", 100 * s.data_wait->share()),
                fmt::format("of the time; {} s", readable(s.data_wait->seconds)));
  return out + "</dl>\n";
}

enum class CellFont { Text, Code };

std::string table_html(const std::vector<NamedText>& rows, CellFont font) {
  std::string out = "<table>";
  for (const NamedText& row : rows) {
    if (row.text.empty()) continue;
    const char* cls = font == CellFont::Code ? " class=\"code\"" : "";
    out += fmt::format("<tr><td{0}>{1}</td><td{0}>{2}</td></tr>", cls, escaped(row.name), escaped(row.text));
  }
  return out + "</table>";
}

std::string card(std::string_view title, std::string_view body) {
  return fmt::format("<section class=\"card\"><h2>{}</h2>{}</section>\n", escaped(title), body);
}

std::string run_table(const RunHeader& h) {
  const std::string resumed = h.resumed_from_step ? "step " + with_thousands(*h.resumed_from_step) : "";
  return table_html({{"Model", h.model_name},
                     {"Family", h.family},
                     {"Parameters", with_thousands(h.parameters)},
                     {"Precision", h.precision},
                     {"Strategy", h.strategy},
                     {"Mesh", h.mesh},
                     {"Collectives", fmt::format("{}", fmt::join(h.communication, "; "))},
                     {"Threads per rank", std::to_string(h.threads_per_rank)},
                     {"Batch", h.batch},
                     {"Learning rate", h.schedule},
                     {"Steps planned", with_thousands(h.total_steps)},
                     {"Resumed from", resumed},
                     {"Output", h.output_dir.string()}},
                    CellFont::Text);
}

std::string eval_text(const std::optional<EvalRecord>& e) {
  if (!e) return "";
  return fmt::format("{} at step {}, over {} tokens", readable(e->eval_loss, 6), with_thousands(e->step),
                     with_thousands(e->eval_tokens));
}

std::string results_table(const RunSummary& s) {
  return table_html(
      {{"Outcome", s.outcome},
       {"Mean training loss", readable(s.train_loss, 6)},
       {"Last evaluation", eval_text(s.last_eval)},
       {"Best evaluation", eval_text(s.best_eval)},
       {"Samples", with_thousands(s.samples)},
       {"Trained tokens", with_thousands(s.trained_tokens)},
       {"Exported model", s.model_dir.string()},
       {"Digest of the model", s.model_digest ? s.model_digest->hex() : ""},
       {"Digest of the last checkpoint", s.checkpoint_digest ? s.checkpoint_digest->hex() : ""}},
      CellFont::Text);
}

std::string memory_table(const RunHeader& h) {
  Bytes total;
  int64_t largest = 1;
  for (const NamedBytes& part : h.memory_per_rank) {
    total += part.size;
    largest = std::max(largest, part.size.value);
  }
  std::string out = "<table>";
  for (const NamedBytes& part : h.memory_per_rank)
    out += fmt::format("<tr><td>{}</td><td>{}<span class=\"share\" style=\"width:{:.1f}%\"></span></td></tr>",
                       escaped(part.name), human(part.size),
                       100 * static_cast<double>(part.size.value) / static_cast<double>(largest));
  return out + fmt::format("<tr><td>total</td><td>{}</td></tr></table>", human(total));
}

std::string data_list(const RunHeader& h) {
  std::string out = "<ul class=\"list\">";
  for (const std::string& line : h.data) out += "<li>" + escaped(line) + "</li>";
  return out + "</ul>";
}

std::string tables_html(const RunHeader& h, const RunSummary& s) {
  std::string out = "<div class=\"tables\">\n" + card("Run", run_table(h)) + "<div class=\"stack\">\n" +
                    card("Results", results_table(s));
  if (!h.memory_per_rank.empty()) out += card("Planned memory per rank", memory_table(h));
  if (!h.data.empty()) out += card("Data", data_list(h));
  out += "</div>\n";
  if (!h.configuration.empty())
    out += "<section class=\"card wide\"><h2>Configuration</h2>" +
           table_html(h.configuration, CellFont::Code) + "</section>\n";
  return out + "</div>\n";
}

std::string subtitle_of(const RunHeader& h, const RunSummary& s) {
  std::string out;
  const std::string parameters = h.parameters > 0 ? with_thousands(h.parameters) + " parameters" : "";
  for (const std::string& part : {s.outcome, parameters, h.precision, h.strategy, h.mesh})
    if (!part.empty()) out += (out.empty() ? "" : " · ") + part;
  return out;
}

}  // namespace

std::string html_report(const RunHeader& h, const RunHistory& history, const RunSummary& s) {
  const std::vector<Chart> charts = charts_of(history);
  std::string plots;
  for (const Chart& chart : charts)
    plots += chart_html(chart, &chart == &charts.front() ? ChartSize::Wide : ChartSize::Normal);
  const std::string title = escaped(h.model_name.empty() ? "Training run" : h.model_name);
  const std::string subtitle = escaped(subtitle_of(h, s));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0} · training "
      "report</title>\n"
      "<style>{1}</style>\n</head>\n<body>\n<main>\n<header><h1>{0}</h1><p>{2}</p></header>\n{3}"
      "<div class=\"charts\">\n{4}</div>\n{5}<footer>{6}</footer>\n</main>\n"
      "<script type=\"application/json\" id=\"data\">{7}</script>\n<script>{8}</script>\n</body>\n</html>\n",
      title, page_style(), subtitle, facts_html(h, history, s), plots, tables_html(h, s),
      escaped(h.program_version), chart_data(charts), page_script());
}

}  // namespace fullshard::report
