#include "fullshard/watch/verdict.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <vector>

namespace fullshard::watch {

using namespace std::chrono_literals;

namespace {

constexpr Limits kLimits{60s};
const TimePoint kNow{1000h};

template <size_t N>
void put(std::array<char, N>& to, std::string_view text) {
  to = {};
  std::memcpy(to.data(), text.data(), text.size());
}

/// Eight ranks on n0 and n1, in step 812, that heard from each other just now and make progress.
struct Table {
  std::vector<RankRecord> ranks;

  explicit Table(int size = 8) : ranks(static_cast<size_t>(size)) {
    for (int r = 0; r < size; ++r) {
      put(at(r).host, r < size / 2 ? "n0" : "n1");
      at(r).heard = at(r).advanced = kNow;
      at(r).connected = true;
      in(r, 100, "gather", "block 3");
    }
  }
  RankRecord& at(int r) { return ranks[static_cast<size_t>(r)]; }
  void in(int r, int64_t sequence, std::string_view operation, std::string_view unit,
          Phase phase = Phase::Backward) {
    Progress& p = at(r).progress;
    p.step = 812;
    p.phase = phase;
    CollectiveProgress& last = p.collectives[0];
    last.sequence = sequence;
    last.in_flight = 1;
    last.bytes = 12 << 20;
    put(last.operation, operation);
    put(last.unit, unit);
    put(last.axis, "node");
  }
  void after(int r, int64_t sequence, Phase phase = Phase::Backward) {
    in(r, sequence, "gather", "block 2", phase);
    at(r).progress.collectives[0].in_flight = 0;
  }
  void stall_all(Duration since = 61s) {
    for (RankRecord& r : ranks) r.advanced = kNow - since;
  }
  /// Beside the transfers, which are over.
  void control(int r, int64_t sequence, bool in_flight) {
    at(r).progress.collectives[0].in_flight = 0;
    CollectiveProgress& last = at(r).progress.collectives[1];
    last.sequence = sequence;
    last.in_flight = in_flight;
    put(last.operation, "sum");
    put(last.axis, "world");
  }
  std::optional<Verdict> verdict(const Limits& limits = kLimits) const { return judge(ranks, limits, kNow); }
  std::string line() const {
    std::array<char, 512> buffer;
    return std::string(line_of(verdict().value(), ranks, kNow, buffer));
  }
};

void expect(const std::optional<Verdict>& verdict, VerdictKind kind, int rank) {
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->kind, kind);
  EXPECT_EQ(verdict->rank, rank);
}

}  // namespace

TEST(Judge, nobody_is_guilty_while_someone_makes_progress) {
  Table t;
  EXPECT_FALSE(t.verdict());

  t.stall_all(1h);
  t.at(5).advanced = kNow - 57s;

  EXPECT_FALSE(t.verdict());
}

TEST(Judge, a_silent_rank_is_named_whatever_the_others_do) {
  Table t;
  t.at(3).heard = kNow - 49s;

  expect(t.verdict(), VerdictKind::Silent, 3);
}

TEST(Judge, of_several_silent_ranks_the_first_is_named) {
  Table t;
  t.at(3).heard = kNow - 52s;
  t.at(6).heard = kNow - 53s;

  expect(t.verdict(), VerdictKind::Silent, 6);
}

TEST(Judge, who_hears_from_no_other_host_is_cut_off_itself) {
  Table t;
  for (int r = 2; r < 8; ++r) {
    put(t.at(r).host, r < 4 ? "n1" : r < 6 ? "n2" : "n3");
    t.at(r).heard = kNow - (r == 5 ? 50s : 48s);
  }

  expect(t.verdict(), VerdictKind::CutOff, 0);
  EXPECT_THAT(t.line(), testing::StartsWith(
                            "fullshard: rank 0 on n0 has made no progress for 50 s: step 812, backward, in "
                            "gather #100 of block 3 over node (12.00 MiB), cut off from all other hosts "
                            "(last heartbeat 50 s ago)"));

  // Of two hosts either may be the one.
  for (int r = 2; r < 8; ++r) put(t.at(r).host, "n1");
  expect(t.verdict(), VerdictKind::Silent, 5);
}

TEST(Judge, silence_within_the_limit_or_after_the_end_is_no_alarm) {
  Table t;
  t.at(3).heard = kNow - 47s;
  t.at(4).heard = kNow - 1h;
  t.at(4).finished = true;

  EXPECT_FALSE(t.verdict());
}

TEST(Judge, an_endless_loop_is_the_rank_that_is_in_no_collective) {
  Table t;
  t.stall_all();
  t.after(4, 99);

  expect(t.verdict(), VerdictKind::Stalled, 4);
}

// The node of the loop has not left its local gather, the other one waits for that node.
TEST(Judge, ranks_that_wait_far_behind_are_not_the_one_that_loops) {
  Table t;
  t.stall_all();
  for (int r = 0; r < 3; ++r) t.in(r, 99, "gather", "block 2");
  t.after(3, 99);

  expect(t.verdict(), VerdictKind::Stalled, 3);
}

TEST(Judge, who_does_not_come_to_a_control_collective_is_behind) {
  Table t;
  t.stall_all();
  for (int r = 0; r < 8; ++r) t.control(r, r == 6 ? 40 : 41, r != 6);

  expect(t.verdict(), VerdictKind::Stalled, 6);
  EXPECT_THAT(t.line(), testing::EndsWith("; 7 ranks wait in sum #41 over world (0 B)\n"));
}

TEST(Judge, who_hangs_inside_an_earlier_collective_is_behind) {
  Table t;
  t.stall_all();
  t.in(6, 99, "gather", "block 2");

  expect(t.verdict(), VerdictKind::Stalled, 6);
}

TEST(Judge, who_skipped_a_collective_stands_alone_in_another) {
  Table t;
  t.stall_all();
  t.in(5, 100, "reduce", "block 3");

  expect(t.verdict(), VerdictKind::Stalled, 5);
}

TEST(Judge, who_skipped_one_and_ran_ahead_is_not_hidden_by_those_who_wait_for_it) {
  Table t;
  t.stall_all();
  t.in(5, 102, "reduce", "block 3");

  expect(t.verdict(), VerdictKind::Stalled, 5);
}

TEST(Judge, of_two_ranks_in_different_collectives_the_later_phase_has_skipped_one) {
  Table t(2);
  t.stall_all();
  t.in(0, 100, "sum", "", Phase::Update);
  t.in(1, 100, "reduce", "block 0", Phase::Backward);

  expect(t.verdict(), VerdictKind::Stalled, 0);
}

TEST(Judge, who_left_while_all_others_wait_is_missed) {
  Table t;
  t.stall_all();
  t.at(2).finished = true;

  expect(t.verdict(), VerdictKind::Left, 2);
}

TEST(Judge, where_all_wait_in_one_collective_nobody_is_singled_out) {
  Table t;
  t.stall_all();

  expect(t.verdict(), VerdictKind::Together, 0);
}

TEST(Judge, a_single_rank_left_that_loops_is_stalled) {
  Table t(2);
  t.stall_all();
  t.at(0).finished = true;
  t.after(1, 7);

  expect(t.verdict(), VerdictKind::Stalled, 1);
}

TEST(Judge, every_phase_has_its_own_patience) {
  Table t;
  for (int r = 0; r < 8; ++r) t.in(r, 100, "agree", "", Phase::Save);
  t.stall_all(20min);
  EXPECT_FALSE(t.verdict());

  t.stall_all(31min);
  EXPECT_TRUE(t.verdict());
}

TEST(Judge, slow_steps_have_more_time) {
  Table t;
  t.stall_all(200s);

  EXPECT_FALSE(t.verdict(Limits{60s, 30s}));
  EXPECT_TRUE(t.verdict(Limits{60s, 15s}));
}

TEST(Judge, when_all_have_finished_there_is_nothing_to_say) {
  Table t;
  t.stall_all(10h);
  for (RankRecord& r : t.ranks) r.finished = true;

  EXPECT_FALSE(t.verdict());
}

TEST(LineOf, a_stopped_rank_has_name_host_phase_and_those_who_wait) {
  Table t;
  t.at(5).heard = t.at(5).advanced = kNow - 52s;
  t.after(5, 97, Phase::Forward);  // said a heartbeat before it was stopped

  EXPECT_EQ(
      t.line(),
      "fullshard: rank 5 on n1 has made no progress for 52 s: step 812, backward, stopped or cut off (last "
      "heartbeat 52 s ago); 7 ranks wait in gather #100 of block 3 over node (12.00 MiB)\n");
}

TEST(LineOf, a_stopped_rank_has_come_as_far_as_all_others) {
  Table t(3);
  for (int r = 0; r < 3; ++r) t.after(r, 0, Phase::Update);
  t.at(1).heard = t.at(1).advanced = kNow - 52s;
  t.at(1).progress.step = 3;
  t.at(1).progress.phase = Phase::Evaluate;
  t.at(2).progress.step = 813;

  EXPECT_THAT(t.line(), testing::HasSubstr("for 52 s: step 812, update, stopped"));
}

TEST(LineOf, a_host_that_is_cut_off_shows_by_its_ranks) {
  Table t;
  for (const int r : {4, 5, 6, 7}) t.at(r).heard = kNow - 52s;
  t.at(4).heard = kNow - 53s;

  EXPECT_THAT(t.line(), testing::EndsWith("; silent, too: rank 5 on n1, 6 on n1, 7 on n1\n"));
}

TEST(LineOf, an_endless_loop_runs_but_does_not_go_on) {
  Table t(2);
  t.stall_all();
  t.after(0, 0, Phase::Startup);
  t.at(0).progress.step = 0;
  t.in(1, 1, "broadcast", "", Phase::Startup);
  for (RankRecord& r : t.ranks) r.advanced = kNow - 1h;

  EXPECT_EQ(
      t.line(),
      "fullshard: rank 0 on n0 has made no progress for 3600 s: start-up, it runs but does not go on (last "
      "heartbeat 0 s ago); rank 1 waits in broadcast #1 over node (12.00 MiB)\n");
}

TEST(LineOf, what_does_not_fit_is_cut_at_the_end_of_the_line) {
  Table t;
  t.stall_all();
  std::array<char, 40> buffer;

  const std::string line(line_of(*t.verdict(), t.ranks, kNow, buffer));

  EXPECT_EQ(line, "fullshard: rank 0 on n0 has made no pro\n");
}

TEST(LineOf, a_missing_judge_is_named_by_the_one_who_misses_it) {
  Table t;
  t.at(0).heard = kNow - 56s;
  std::array<char, 512> buffer;

  const std::string line(line_of_missing_judge(t.at(0), 1, t.at(1).progress, kNow, buffer));

  EXPECT_EQ(line,
            "fullshard: rank 0 on n0 has made no progress for 56 s: step 812, backward, in gather #100 of "
            "block 3 over "
            "node (12.00 MiB), stopped or cut off (last heartbeat 56 s ago); rank 1 waits in gather #100 of "
            "block 3 over "
            "node (12.00 MiB)\n");
}

}  // namespace fullshard::watch
