#include <fmt/format.h>

#include <algorithm>

#include "fullshard/watch/verdict.hpp"
#include "watch/groups.hpp"

namespace fullshard::watch {

namespace {

/// Appends to a fixed buffer and drops what does not fit: a line is cut rather than memory asked for.
class Line {
 public:
  /// Keeps one place for the end of the line.
  explicit Line(std::span<char> buffer) : buffer_(buffer.first(buffer.size() - 1)) {}

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    const auto end =
        fmt::format_to_n(buffer_.data() + size_, buffer_.size() - size_, format, std::forward<Args>(args)...);
    size_ += std::min<size_t>(end.size, buffer_.size() - size_);
  }
  /// The whole line with its end.
  std::string_view ended() {
    buffer_.data()[size_] = '\n';
    return {buffer_.data(), size_ + 1};
  }

 private:
  std::span<char> buffer_;
  size_t size_ = 0;
};

// human() of core fits the short string that needs no memory.
void add_collective(Line& line, const CollectiveProgress& p) {
  line.add("{} #{}", p.operation.data(), p.sequence);
  if (p.unit[0] != 0) line.add(" of {}", p.unit.data());
  line.add(" over {} ({})", p.axis.data(), human(Bytes{p.bytes}));
}

void add_place(Line& line, const Progress& p) {
  if (p.step > 0) line.add("step {}, ", p.step);
  line.add("{}", name_of(p.phase));
}

/// What the others tell of the guilty one.
struct Others {
  int waiting = 0;                  ///< in one collective, the most
  int first = -1;                   ///< of these
  const Progress* there = nullptr;  ///< where these wait; null if nobody does
  const Progress* last = nullptr;   ///< the one furthest behind; null if there are no others
};

Others others_of(const Verdict& verdict, std::span<const RankRecord> ranks, TimePoint now) {
  const auto record = [&](int r) -> const RankRecord& { return ranks[static_cast<size_t>(r)]; };
  // What a rank said before it fell silent, too, is no news.
  const auto counts = [&](int r) {
    return r != verdict.rank && !record(r).finished &&
           !(verdict.kind == VerdictKind::Silent && silent_beside(record(verdict.rank), record(r), now));
  };
  Others out;
  for (int r = 0; r < static_cast<int>(ranks.size()); ++r)
    if (counts(r) && (!out.last || place_of(record(r).progress) < place_of(*out.last)))
      out.last = &record(r).progress;
  const Group most = largest_group(ranks, [&](int r) { return counts(r) && waits_in(record(r).progress); });
  if (most.first >= 0) {
    out.waiting = most.size;
    out.first = most.first;
    out.there = &record(most.first).progress;
  }
  return out;
}

/// What the guilty one was doing. The last word of a silent rank is a heartbeat old: it has come as far as
/// all others, or they would wait for it elsewhere.
void add_guilty_place(Line& line, const Progress& own, const Others& others, VerdictKind kind) {
  if (kind == VerdictKind::Silent && others.last && place_of(*others.last) > place_of(own))
    return add_place(line, *others.last);
  add_place(line, own);
  const CollectiveProgress* in = waits_in(own);
  const CollectiveProgress& last = in ? *in : own.collectives[own.collectives[0].sequence == 0 ? 1 : 0];
  if (last.sequence == 0) return;
  line.add("{}", in ? ", in " : ", after ");
  add_collective(line, last);
}

// A cut cable takes several ranks away; that they are of one host says so.
void add_other_silent(Line& line, std::span<const RankRecord> ranks, int guilty, TimePoint now) {
  constexpr int kMost = 8;
  int found = 0;
  for (int r = 0; r < static_cast<int>(ranks.size()); ++r) {
    const RankRecord& record = ranks[static_cast<size_t>(r)];
    if (r == guilty || record.finished || !silent_beside(ranks[static_cast<size_t>(guilty)], record, now))
      continue;
    if (found < kMost)
      line.add("{}{} on {}", found == 0 ? "; silent, too: rank " : ", ", r, record.host.data());
    ++found;
  }
  if (found > kMost) line.add(" and {} more", found - kMost);
}

std::string_view reason(const Verdict& verdict, const RankRecord& guilty) {
  switch (verdict.kind) {
    case VerdictKind::Silent:
      return guilty.connected ? "stopped or cut off" : "gone, stopped or cut off";
    case VerdictKind::CutOff:
      return "cut off from all other hosts";
    case VerdictKind::Stalled:
      return "it runs but does not go on";
    case VerdictKind::Left:
      return "it has finished and others wait for it";
    case VerdictKind::Together:
      return "nor has any other rank";
  }
  return "";
}

void add_verdict(Line& line, const Verdict& verdict, const RankRecord& guilty, const Others& others,
                 TimePoint now) {
  const bool silent = verdict.kind == VerdictKind::Silent || verdict.kind == VerdictKind::CutOff;
  const Duration since = silent ? now - guilty.heard : now - guilty.advanced;
  line.add("fullshard: rank {} on {} has made no progress for {:.0f} s: ", verdict.rank, guilty.host.data(),
           seconds(since));
  add_guilty_place(line, guilty.progress, others, verdict.kind);
  line.add(", {} (last heartbeat {:.0f} s ago)", reason(verdict, guilty), seconds(now - guilty.heard));
  if (!others.there) return;
  if (others.waiting == 1)
    line.add("; rank {} waits in ", others.first);
  else
    line.add("; {} ranks wait in ", others.waiting);
  add_collective(line, *waits_in(*others.there));
}

}  // namespace

std::string_view line_of(const Verdict& verdict, std::span<const RankRecord> ranks, TimePoint now,
                         std::span<char> buffer) {
  Line line(buffer);
  RankRecord guilty = ranks[static_cast<size_t>(verdict.rank)];
  // Rank 0 always hears itself; what counts is since when it hears nobody else.
  if (verdict.kind == VerdictKind::CutOff)
    for (const RankRecord& r : ranks)
      if (!r.finished && r.host != guilty.host) guilty.heard = std::min(guilty.heard, r.heard);
  add_verdict(line, verdict, guilty, others_of(verdict, ranks, now), now);
  if (verdict.kind == VerdictKind::Silent) add_other_silent(line, ranks, verdict.rank, now);
  return line.ended();
}

std::string_view line_of_missing_judge(const RankRecord& rank_zero, int reporter, const Progress& mine,
                                       TimePoint now, std::span<char> buffer) {
  Line line(buffer);
  const Others others{1, reporter, waits_in(mine) ? &mine : nullptr, &mine};
  add_verdict(line, {VerdictKind::Silent, 0}, rank_zero, others, now);
  return line.ended();
}

}  // namespace fullshard::watch
