#pragma once
// Who is to blame, from what is known of all ranks: pure functions of a table.

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "fullshard/core/progress_board.hpp"
#include "fullshard/watch/limits.hpp"

namespace fullshard::watch {

using HostName = std::array<char, 64>;  ///< ends with a zero

/// What is known of a rank, and since when.
struct RankRecord {
  HostName host = {};
  Progress progress;
  TimePoint heard;        ///< last heartbeat
  TimePoint advanced;     ///< when its own watch saw `progress.changes` change last
  bool finished = false;  ///< has said that it is done: its silence means nothing any more
  bool connected = false;
};

enum class VerdictKind {
  Silent,    ///< no heartbeat: stopped, or cut off
  CutOff,    ///< rank 0 itself: it hears from no other host
  Stalled,   ///< heartbeats and no progress: an endless loop, a collective that others do not know
  Left,      ///< has finished while others wait for it
  Together,  ///< nobody differs from the others: `rank` is the first of them
};

struct Verdict {
  VerdictKind kind;
  int rank;
};

/// Nothing, or the rank to be named.
///
/// A rank that was silent for too long is Silent; of several the one that was silent first; if they are all
/// ranks of two or more hosts besides rank 0's, it is rank 0 that is CutOff. Otherwise there is a verdict
/// only when every rank that has not finished is without progress for longer than its phase may take:
///   - some are in no collective: of these the furthest behind, by (collectives, step, phase, rank), is
///   Stalled;
///   - all are in collectives, not in the same one: most ranks are right. Stalled is who is further behind,
///   or else
///     whoever is elsewhere;
///   - all are in the same one: a rank that has Left is missing there, or they hang Together.
std::optional<Verdict> judge(std::span<const RankRecord> ranks, const Limits& limits, TimePoint now);

/// The line for people, in `buffer`; nothing is allocated.
std::string_view line_of(const Verdict& verdict, std::span<const RankRecord> ranks, TimePoint now,
                         std::span<char> buffer);

/// What `reporter` says of rank 0, which it no longer hears. `rank_zero` is what rank 0 said last.
std::string_view line_of_missing_judge(const RankRecord& rank_zero, int reporter, const Progress& mine,
                                       TimePoint now, std::span<char> buffer);

}  // namespace fullshard::watch
