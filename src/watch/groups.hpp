#pragma once

#include <span>
#include <tuple>

#include "fullshard/watch/verdict.hpp"

namespace fullshard::watch {

/// Counts beginnings and ends of collectives: of two ranks that issue the same, the smaller one is behind.
inline int64_t position(const Progress& p) {
  int64_t sum = 0;
  for (const CollectiveProgress& last : p.collectives) sum += 2 * last.sequence - last.in_flight;
  return sum;
}

/// How far a rank has come; behind is smaller.
inline auto place_of(const Progress& p) {
  return std::tuple(position(p), p.step, p.phase);
}

/// The collective that a rank waits in; null if it is in none. A rank that has several under way waits for
/// tensors.
inline const CollectiveProgress* waits_in(const Progress& p) {
  for (const CollectiveProgress& last : p.collectives)
    if (last.in_flight != 0) return &last;
  return nullptr;
}

/// Whether two ranks are in the same collective, or outside of any in the same phase of the same step.
inline bool same_place(const Progress& a, const Progress& b) {
  if (position(a) != position(b)) return false;
  const CollectiveProgress *in_a = waits_in(a), *in_b = waits_in(b);
  if (!in_a || !in_b) return in_a == in_b && a.step == b.step && a.phase == b.phase;
  return in_a->sequence == in_b->sequence && in_a->operation == in_b->operation && in_a->unit == in_b->unit &&
         in_a->axis == in_b->axis;
}

/// Whether whatever took the first one away has taken the other, too: not all fall silent in one moment.
inline bool silent_beside(const RankRecord& first, const RankRecord& other, TimePoint now) {
  return now - other.heard > (now - first.heard) / 2;
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
    return std::tuple(g.size, position(p), -p.step, -static_cast<int>(p.phase));
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
