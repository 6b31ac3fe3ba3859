#include "fullshard/data/ledger.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace fullshard::data {

namespace {

constexpr std::array<std::string_view, kLedgerCounts> kCountNames = {"documents",
                                                                     "used",
                                                                     "samples",
                                                                     "tokens",
                                                                     "trained",
                                                                     "masked",
                                                                     "truncated_samples",
                                                                     "truncated_tokens",
                                                                     "duplicates",
                                                                     "dropped_row",
                                                                     "dropped_roles",
                                                                     "dropped_template",
                                                                     "dropped_prompt",
                                                                     "dropped_generation",
                                                                     "dropped_nothing_trained",
                                                                     "dropped_end_masked",
                                                                     "dropped_no_end",
                                                                     "dropped_token",
                                                                     "dropped_too_long"};
constexpr std::string_view kDropped = "dropped_";

}  // namespace

std::string_view fault_name(Fault fault) {
  return count_name(kLedgerCounts - kFaults + static_cast<int>(fault)).substr(kDropped.size());
}

std::string_view count_name(int index) {
  return kCountNames.at(static_cast<size_t>(index));
}

int64_t Ledger::dropped_documents() const {
  return std::accumulate(dropped.begin(), dropped.end(), int64_t{0});
}

std::array<int64_t, kLedgerCounts> counts_of(const Ledger& l) {
  std::array<int64_t, kLedgerCounts> counts = {l.documents, l.used,   l.samples,           l.tokens,
                                               l.trained,   l.masked, l.truncated_samples, l.truncated_tokens,
                                               l.duplicates};
  std::copy(l.dropped.begin(), l.dropped.end(), counts.end() - kFaults);
  return counts;
}

Ledger ledger_of(const std::array<int64_t, kLedgerCounts>& c) {
  Ledger l{.documents = c[0],
           .used = c[1],
           .samples = c[2],
           .tokens = c[3],
           .trained = c[4],
           .masked = c[5],
           .truncated_samples = c[6],
           .truncated_tokens = c[7],
           .duplicates = c[8]};
  std::copy(c.end() - kFaults, c.end(), l.dropped.begin());
  return l;
}

Ledger& Ledger::operator+=(const Ledger& other) {
  auto counts = counts_of(*this);
  const auto more = counts_of(other);
  std::transform(counts.begin(), counts.end(), more.begin(), counts.begin(), std::plus<>());
  return *this = ledger_of(counts);
}

}  // namespace fullshard::data
