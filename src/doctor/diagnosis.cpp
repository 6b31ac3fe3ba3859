#include "fullshard/doctor/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "fullshard/core/json_writer.hpp"

namespace fullshard::doctor {

namespace {

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "ok";
    case Verdict::Warn:
      return "WARN";
    case Verdict::Fail:
      break;
  }
  return "FAIL";
}

std::string_view color(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok:
      return "\x1b[32m";  // green
    case Verdict::Warn:
      return "\x1b[33m";  // yellow
    case Verdict::Fail:
      break;
  }
  return "\x1b[31m";  // red
}

std::string painted(std::string text, Verdict verdict, Style style) {
  return style == Style::Plain ? text : fmt::format("{}{}\x1b[0m", color(verdict), text);
}

Verdict worst_of(const Diagnosis& d) {
  Verdict worst = Verdict::Ok;
  for (const Finding& f : d.findings) worst = std::max(worst, f.verdict);
  return worst;
}

std::string counted(int n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

}  // namespace

ExitCode Diagnosis::exit_code() const {
  const auto failed = std::ranges::find(findings, Verdict::Fail, &Finding::verdict);
  return failed == findings.end() ? ExitCode::Done : failed->code;
}

int Diagnosis::count(Verdict verdict) const {
  return static_cast<int>(std::ranges::count(findings, verdict, &Finding::verdict));
}

std::string Diagnosis::conclusion() const {
  std::string failed;
  for (const Finding& f : findings)
    if (f.verdict == Verdict::Fail) failed += (failed.empty() ? "" : ", ") + f.check;
  std::string out = failed.empty() ? "go on: " : fmt::format("do not start, mend {} first: ", failed);
  out += counted(static_cast<int>(findings.size()), "check");
  if (const int n = count(Verdict::Fail)) out += fmt::format(", {} failed", n);
  if (const int n = count(Verdict::Warn)) out += ", " + counted(n, "warning");
  return out + fmt::format("; {:.1f} s", seconds);
}

std::string diagnosis_text(const Diagnosis& d, Style style) {
  size_t width = 0;
  for (const Finding& f : d.findings) width = std::max(width, f.check.size());
  std::string out = d.allocation + "\n\n";
  for (const Finding& f : d.findings) {
    out += fmt::format("  {}  {:<{}}  {}\n", painted(fmt::format("{:<4}", word(f.verdict)), f.verdict, style),
                       f.check, width, f.text);
    if (!f.remedy.empty()) out += fmt::format("        {:<{}}  -> {}\n", "", width, f.remedy);
  }
  return out + "\n" + painted(d.conclusion(), worst_of(d), style) + "\n";
}

std::string diagnosis_json(const Diagnosis& d) {
  JsonWriter w{2};
  w.begin_object().key("allocation").value(d.allocation).key("findings").begin_array();
  for (const Finding& f : d.findings) {
    w.begin_object().key("check").value(f.check).key("verdict").value(word(f.verdict));
    w.key("text").value(f.text).key("remedy").value(f.remedy).end_object();
  }
  w.end_array().key("exit_code").value(static_cast<int>(d.exit_code())).key("seconds").value(d.seconds);
  return w.end_object().str() + "\n";
}

}  // namespace fullshard::doctor
