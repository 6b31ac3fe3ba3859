#include "fullshard/comm/lane.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "fullshard/core/error.hpp"

namespace fullshard::comm {

TEST(Lane, does_work_in_order_of_submission) {
  InlineLane here;
  ThreadLane beside;
  for (Lane* lane : {static_cast<Lane*>(&here), static_cast<Lane*>(&beside)}) {
    std::vector<int> done;

    for (int i = 0; i < 100; ++i) lane->submit([&, i] { done.push_back(i); });
    lane->drain();

    ASSERT_EQ(done.size(), 100u);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(done[static_cast<size_t>(i)], i);
  }
}

TEST(Lane, waits_for_one_ticket_and_not_for_later_ones) {
  ThreadLane lane;
  std::atomic<bool> first = false, release = false;

  const Lane::Ticket ticket = lane.submit([&] { first = true; });
  lane.submit([&] {
    while (!release) std::this_thread::yield();
  });
  lane.wait(ticket);

  EXPECT_TRUE(first);
  release = true;
  lane.drain();
}

TEST(Lane, computation_goes_on_beside_the_thread) {
  ThreadLane lane;
  std::atomic<bool> computed = false;

  lane.submit([&] {
    while (!computed) std::this_thread::yield();
  });
  computed = true;  // an inline lane would never come here

  lane.drain();
}

TEST(Lane, an_error_reaches_whoever_waits_and_nothing_is_done_after_it) {
  ThreadLane lane;
  std::atomic<bool> later = false;

  lane.submit([] { throw CommError("test", "broken"); });
  const Lane::Ticket after = lane.submit([&] { later = true; });

  EXPECT_THROW(lane.wait(after), CommError);
  EXPECT_THROW(lane.drain(), CommError);
  EXPECT_FALSE(later);
}

TEST(Lane, inline_errors_are_thrown_where_they_happen) {
  InlineLane lane;

  EXPECT_THROW(lane.submit([] { throw CommError("test", "broken"); }), CommError);
}

}  // namespace fullshard::comm
