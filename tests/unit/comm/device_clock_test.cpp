#include "fullshard/comm/device_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "fullshard/core/clock.hpp"

namespace fullshard::comm {

namespace {

constexpr DeviceId kGpu{0};

struct Told {
  double begin = -1, end = -1;
};

}  // namespace

TEST(DeviceClock, tells_when_the_device_did_it_and_not_when_it_was_asked) {
  DeviceClock clock(kGpu);
  const device::Stream stream(kGpu);
  Told told;
  const auto tell = [&](double begin, double end) { told = {begin, end}; };
  const double asked = steady_seconds();
  const DeviceClock::Mark begin_mark = clock.mark(stream), end_mark = clock.mark(stream);
  clock.note(begin_mark, end_mark, tell);

  clock.settle(DeviceClock::Wait::No);
  EXPECT_EQ(told.begin, -1) << "it has not happened";

  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  clock.settle(DeviceClock::Wait::ForAll);

  EXPECT_GE(told.begin, asked + 0.015);
  EXPECT_LE(told.begin, told.end);
  EXPECT_LE(told.end, steady_seconds() + 0.001);
}

TEST(DeviceClock, uses_its_events_again) {
  DeviceClock clock(kGpu);
  const device::Stream stream(kGpu);
  int told = 0;
  DeviceClock::Mark largest = 0;
  for (int round = 0; round < 10; ++round) {
    const auto begin = clock.mark(stream), end = clock.mark(stream);
    largest = std::max({largest, begin, end});
    clock.note(begin, end, [&](double, double) { ++told; });
    clock.settle(DeviceClock::Wait::ForAll);
  }

  EXPECT_EQ(told, 10);
  EXPECT_LE(largest, 1u);
}

}  // namespace fullshard::comm
