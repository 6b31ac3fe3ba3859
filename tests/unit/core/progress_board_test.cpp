#include "fullshard/core/progress_board.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace fullshard {

TEST(ProgressBoard, says_where_a_run_stands) {
  ProgressBoard board;
  board.begin_step(812);
  board.enter(Phase::Backward);
  EXPECT_EQ(board.begin(Traffic::Transfer, {"gather", "block 6", "local", Bytes{100}}), 1);
  board.end(Traffic::Transfer);
  EXPECT_EQ(board.begin(Traffic::Transfer, {"reduce", "block 7", "node", Bytes{12}}), 2);

  const Progress p = board.read().value();
  const CollectiveProgress& last = p.collectives[0];
  EXPECT_EQ(p.step, 812);
  EXPECT_EQ(p.phase, Phase::Backward);
  EXPECT_EQ(last.sequence, 2);
  EXPECT_EQ(last.in_flight, 1);
  EXPECT_EQ(last.bytes, 12);
  EXPECT_STREQ(last.operation.data(), "reduce");
  EXPECT_STREQ(last.unit.data(), "block 7");
  EXPECT_STREQ(last.axis.data(), "node");

  board.end(Traffic::Transfer);
  EXPECT_EQ(board.read().value().collectives[0].in_flight, 0);
  EXPECT_EQ(board.read().value().collectives[0].sequence, 2);
}

TEST(ProgressBoard, both_kinds_of_traffic_count_for_themselves) {
  ProgressBoard board;
  board.begin(Traffic::Transfer, {"reduce", "block 7", "node", Bytes{12}});
  board.begin(Traffic::Control, {"sum", "", "world", Bytes{8}});
  board.end(Traffic::Control);

  const Progress p = board.read().value();
  EXPECT_EQ(p.collectives[0].sequence, 1);
  EXPECT_EQ(p.collectives[0].in_flight, 1);
  EXPECT_EQ(p.collectives[1].sequence, 1);
  EXPECT_EQ(p.collectives[1].in_flight, 0);
}

TEST(ProgressBoard, everything_that_happens_is_a_change) {
  ProgressBoard board;
  uint64_t last = board.read().value().changes;
  const auto changed = [&] { return std::exchange(last, board.read().value().changes) != last; };

  EXPECT_FALSE(changed());
  board.begin_step(1);
  EXPECT_TRUE(changed());
  board.enter(Phase::Update);
  EXPECT_TRUE(changed());
  board.begin(Traffic::Transfer, {"gather", "embed", "world", Bytes{1}});
  EXPECT_TRUE(changed());
  board.end(Traffic::Transfer);
  EXPECT_TRUE(changed());
  board.touch();
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed());
}

TEST(ProgressBoard, long_names_are_cut_and_end_with_zero) {
  ProgressBoard board;
  const std::string long_name(100, 'x');

  board.begin(Traffic::Transfer, {long_name, long_name, long_name, Bytes{0}});

  const CollectiveProgress p = board.read().value().collectives[0];
  EXPECT_EQ(std::string(p.operation.data()), std::string(15, 'x'));
  EXPECT_EQ(std::string(p.unit.data()), std::string(23, 'x'));
  EXPECT_EQ(std::string(p.axis.data()), std::string(7, 'x'));
}

// Each collective has its own number in every field; a torn read would mix two.
TEST(ProgressBoard, a_reader_never_sees_halves) {
  ProgressBoard board;
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    for (int64_t i = 1; i <= 200'000; ++i) {
      const std::string name = std::to_string(i);
      board.begin(Traffic::Transfer, {name, "unit " + name, "a", Bytes{i}});
      board.end(Traffic::Transfer);
    }
    done = true;
  });

  int64_t seen = 0;
  while (!done) {
    const auto board_now = board.read();
    if (!board_now || board_now->collectives[0].sequence == 0) continue;
    const CollectiveProgress* p = &board_now->collectives[0];
    ++seen;
    ASSERT_EQ(p->bytes, p->sequence);
    ASSERT_EQ(std::string(p->operation.data()), std::to_string(p->sequence));
    ASSERT_EQ(std::string(p->unit.data()), "unit " + std::to_string(p->sequence));
  }

  EXPECT_GT(seen, 0);
}

TEST(PhaseScope, brings_the_phase_before_it_back) {
  ProgressBoard board;
  board.begin_step(3);
  {
    const PhaseScope save(board, Phase::Save);
    EXPECT_EQ(board.phase(), Phase::Save);
    EXPECT_EQ(board.read().value().step, 3);
  }

  EXPECT_EQ(board.phase(), Phase::Forward);
}

TEST(CollectiveScope, is_in_flight_to_its_end_and_needs_no_board) {
  ProgressBoard board;
  {
    const CollectiveScope sum(&board, Traffic::Control, {"sum", "", "world", Bytes{8}});
    const CollectiveScope nothing(nullptr, Traffic::Control, {"sum", "", "world", Bytes{8}});
    EXPECT_EQ(board.read().value().collectives[1].in_flight, 1);
  }

  EXPECT_EQ(board.read().value().collectives[1].in_flight, 0);
}

TEST(ProgressBoard, a_transfer_that_a_device_has_not_done_is_under_way_and_what_it_does_is_a_change) {
  struct Work final : DeviceWork {
    State state;
    State look() noexcept override { return state; }
  } device;
  ProgressBoard board;
  board.begin(Traffic::Transfer, {"gather", "block 1", "node", Bytes{8}});
  device.state.first = board.last(Traffic::Transfer);
  for (int i = 0; i < 3; ++i) {  // launched further on meanwhile
    board.begin(Traffic::Transfer, {"gather", "block 2", "node", Bytes{8}});
    board.end(Traffic::Transfer);
  }
  const uint64_t before = board.read()->changes;

  board.follow(&device);
  EXPECT_EQ(board.read()->collectives[0].sequence, 1);
  EXPECT_STREQ(board.read()->collectives[0].unit.data(), "block 1");
  EXPECT_EQ(board.read()->changes, before);

  device.state = {.done = 4, .first = {}};
  EXPECT_EQ(board.read()->changes, before + 4);
  EXPECT_EQ(board.read()->collectives[0].sequence, 4);

  board.follow(nullptr);
  EXPECT_EQ(board.read()->changes, before);
}

}  // namespace fullshard
