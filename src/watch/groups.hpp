#pragma once

#include <span>
#include <tuple>

#include "fullshard/watch/verdict.hpp"

namespace fullshard::watch {

/// Whether two ranks are in the same collective, or outside of any in the same phase of the same step.
inline bool same_place(const Progress& a, const Progress& b) {
  if (a.in_flight != b.in_flight || a.sequence != b.sequence) return false;
  if (a.in_flight == 0) return a.step == b.step && a.phase == b.phase;
  return a.operation == b.operation && a.unit == b.unit && a.axis == b.axis;
}

struct Group {
  int first = -1;  ///< -1: there is no such rank
  int size = 0;
};

/// The largest set of ranks in one place among those that `counts(rank)`. Of equal ones the one further on in
/// the order of collectives; then the one in the earlier phase, because of two ranks in different collectives
/// of one number the one in the later phase is likely to have skipped one.
///
/// Quadratic in the worst case, but looked at once, at the end of a job.
template <class Counts>
Group largest_group(std::span<const RankRecord> ranks, Counts&& counts) {
  const auto at = [&](int r) -> const Progress& { return ranks[static_cast<size_t>(r)].progress; };
  const auto weight = [&](const Group& g) {
    const Progress& p = at(g.first);
    return std::tuple(g.size, p.sequence, -p.step, -static_cast<int>(p.phase));
  };
  const int n = static_cast<int>(ranks.size());
  Group best;
  for (int r = 0; r < n && best.size <= n - r; ++r) {
    if (!counts(r)) continue;
    Group group{r, 0};
    for (int other = r; other < n; ++other) group.size += counts(other) && same_place(at(other), at(r));
    if (best.first < 0 || weight(group) > weight(best)) best = group;
  }
  return best;
}

}  // namespace fullshard::watch
