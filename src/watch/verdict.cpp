#include "fullshard/watch/verdict.hpp"

#include <algorithm>
#include <tuple>

#include "watch/groups.hpp"

namespace fullshard::watch {

namespace {

std::optional<int> silent_rank(std::span<const RankRecord> ranks, const Limits& limits, TimePoint now) {
  int first = -1;
  for (int r = 0; r < static_cast<int>(ranks.size()); ++r) {
    const RankRecord& record = ranks[static_cast<size_t>(r)];
    if (record.finished || now - record.heard <= limits.silent()) continue;
    if (first < 0 || record.heard < ranks[static_cast<size_t>(first)].heard) first = r;
  }
  return first < 0 ? std::nullopt : std::optional(first);
}

// One cut cable is likelier than several at once.
bool all_other_hosts_silent(std::span<const RankRecord> ranks, const RankRecord& first, TimePoint now) {
  const HostName* one = nullptr;
  bool several = false;
  for (const RankRecord& r : ranks) {
    if (r.finished || r.host == ranks[0].host) continue;
    if (!silent_beside(first, r, now)) return false;
    several = several || (one && *one != r.host);
    one = &r.host;
  }
  return several;
}

bool all_without_progress(std::span<const RankRecord> ranks, const Limits& limits, TimePoint now) {
  bool any = false;
  for (const RankRecord& r : ranks) {
    if (r.finished) continue;
    if (now - r.advanced <= limits.stalled(r.progress.phase)) return false;
    any = true;
  }
  return any;
}

/// The rank furthest behind among those that `counts`; -1 if there is none.
template <class Counts>
int last_of(std::span<const RankRecord> ranks, Counts&& counts) {
  int last = -1;
  for (int r = 0; r < static_cast<int>(ranks.size()); ++r) {
    const RankRecord& record = ranks[static_cast<size_t>(r)];
    if (record.finished || !counts(record)) continue;
    if (last < 0 || place_of(record.progress) < place_of(ranks[static_cast<size_t>(last)].progress)) last = r;
  }
  return last;
}

Verdict among_waiting(std::span<const RankRecord> ranks) {
  const auto running = [&](int r) { return !ranks[static_cast<size_t>(r)].finished; };
  const Group most = largest_group(ranks, running);
  const Progress& there = ranks[static_cast<size_t>(most.first)].progress;
  const int behind =
      last_of(ranks, [&](const RankRecord& r) { return position(r.progress) < position(there); });
  if (behind >= 0) return {VerdictKind::Stalled, behind};
  const int elsewhere = last_of(ranks, [&](const RankRecord& r) { return !same_place(r.progress, there); });
  if (elsewhere >= 0) return {VerdictKind::Stalled, elsewhere};
  for (int r = 0; r < static_cast<int>(ranks.size()); ++r)
    if (ranks[static_cast<size_t>(r)].finished) return {VerdictKind::Left, r};
  return {VerdictKind::Together, most.first};
}

}  // namespace

std::optional<Verdict> judge(std::span<const RankRecord> ranks, const Limits& limits, TimePoint now) {
  if (const auto silent = silent_rank(ranks, limits, now)) {
    const bool ours = all_other_hosts_silent(ranks, ranks[static_cast<size_t>(*silent)], now);
    return ours ? Verdict{VerdictKind::CutOff, 0} : Verdict{VerdictKind::Silent, *silent};
  }
  if (!all_without_progress(ranks, limits, now)) return std::nullopt;

  const int loose = last_of(ranks, [](const RankRecord& r) { return !waits_in(r.progress); });
  if (loose < 0) return among_waiting(ranks);
  const auto elsewhere = [&](const RankRecord& r) {
    return !same_place(r.progress, ranks[static_cast<size_t>(loose)].progress);
  };
  const auto running =
      std::count_if(ranks.begin(), ranks.end(), [](const RankRecord& r) { return !r.finished; });
  const bool alike = running > 1 && last_of(ranks, elsewhere) < 0;
  return Verdict{alike ? VerdictKind::Together : VerdictKind::Stalled, loose};
}

}  // namespace fullshard::watch
