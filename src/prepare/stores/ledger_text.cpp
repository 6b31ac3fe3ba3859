#include "fullshard/prepare/ledger_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/text.hpp"

namespace fullshard::prepare {

namespace {

constexpr size_t kColumns = 9;
/// Of a source's name; with it a table of usual numbers fits into 120 columns.
constexpr size_t kNameCharacters = 32;
using Line = std::array<std::string, kColumns>;

std::string end_of(const std::string& name) {
  size_t characters = 0, at = name.size();
  for (size_t i = name.size(); i-- > 0;) {
    if ((static_cast<unsigned char>(name[i]) & 0xC0) == 0x80) continue;
    if (++characters > kNameCharacters) return "…" + name.substr(at);
    if (characters < kNameCharacters) at = i;
  }
  return name;
}

Line line_of(const std::string& name, const data::Ledger& l) {
  const auto cut = l.truncated_samples == 0
                       ? std::string("0")
                       : fmt::format("{} ({} tokens)", with_thousands(l.truncated_samples),
                                     with_thousands(l.truncated_tokens));
  return {end_of(name),
          with_thousands(l.documents),
          with_thousands(l.dropped_documents()),
          with_thousands(l.samples),
          with_thousands(l.tokens),
          with_thousands(l.trained),
          with_thousands(l.masked),
          cut,
          with_thousands(l.duplicates)};
}

}  // namespace

std::string drop_reasons(const data::Ledger& l) {
  std::string out;
  for (size_t i = 0; i < l.dropped.size(); ++i)
    if (l.dropped[i] > 0)
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", with_thousands(l.dropped[i]),
                         data::fault_name(static_cast<data::Fault>(i)));
  return out;
}

std::string ledger_lines(const data::Ledger& l) {
  const std::string why = drop_reasons(l);
  std::string out = fmt::format("documents: {} used, {} dropped{}\n", with_thousands(l.used),
                                with_thousands(l.dropped_documents()), why.empty() ? "" : ": " + why);
  out += fmt::format(
      "tokens: {} trained ({:.0f} %), {} masked\n", with_thousands(l.trained),
      100.0 * static_cast<double>(l.trained) / static_cast<double>(std::max<int64_t>(l.tokens, 1)),
      with_thousands(l.masked));
  out += fmt::format("truncated: {} samples, {} tokens\n", with_thousands(l.truncated_samples),
                     with_thousands(l.truncated_tokens));
  return out;
}

std::string ledger_text(const std::vector<std::pair<std::string, data::Ledger>>& sources) {
  std::vector<Line> lines = {{"source", "documents", "dropped", "samples", "tokens", "trained", "masked",
                              "truncated", "duplicates"}};
  data::Ledger sum;
  for (const auto& [name, ledger] : sources) {
    lines.push_back(line_of(name, ledger));
    sum += ledger;
  }
  if (sources.size() > 1) lines.push_back(line_of("all", sum));
  std::array<size_t, kColumns> widths{};
  for (const Line& line : lines)
    for (size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string out;
  for (size_t at = 0; at < lines.size(); ++at) {
    out += fmt::format("  {:<{}}", lines[at][0], widths[0]);
    for (size_t i = 1; i < kColumns; ++i) out += fmt::format("  {:>{}}", lines[at][i], widths[i]);
    out += '\n';
    if (at == 0 || at > sources.size()) continue;
    const std::string why = drop_reasons(sources[at - 1].second);
    if (!why.empty()) out += fmt::format("  {:<{}}  dropped: {}\n", "", widths[0], why);
  }
  return out;
}

std::string ledger_json(const std::vector<std::pair<std::string, data::Ledger>>& sources) {
  JsonWriter w;
  w.begin_object();
  for (const auto& [name, ledger] : sources) {
    w.key(name).begin_object();
    const auto counts = data::counts_of(ledger);
    for (int i = 0; i < data::kLedgerCounts; ++i)
      w.key(data::count_name(i)).value(counts[static_cast<size_t>(i)]);
    w.end_object();
  }
  return w.end_object().str();
}

}  // namespace fullshard::prepare
