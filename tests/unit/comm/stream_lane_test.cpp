// A lane on a stream of the fake device, where nothing happens that nobody waits for.

#include <gtest/gtest.h>

#include <cstring>

#include "fullshard/comm/lane.hpp"
#include "fullshard/device/buffer.hpp"
#include "fullshard/device/copy.hpp"
#include "support/fake_gpu/device.hpp"

namespace fullshard::comm {

namespace {

constexpr DeviceId kGpu{0};

/// Of memory that the fake device has on the host.
float* elements(const device::Buffer& b) {
  return reinterpret_cast<float*>(b.span().data);
}

struct Fixture : ::testing::Test {
  StreamLane lane{kGpu};
  device::Buffer sum{{4}, DType::F32, kGpu}, one{{4}, DType::F32, kGpu};
  void SetUp() override {
    for (int i = 0; i < 4; ++i) elements(one)[i] = 1;
  }
  Lane::Ticket add_one() {
    return lane.submit([this] { device::add(sum.span(), one.span(), lane.stream()); });
  }
};
using StreamLaneTest = Fixture;

}  // namespace

TEST_F(StreamLaneTest, work_is_done_for_whoever_waits_and_not_before) {
  const Lane::Ticket first = add_one();
  add_one();
  EXPECT_EQ(elements(sum)[0], 0) << "nobody waits";

  lane.wait(first);
  EXPECT_EQ(elements(sum)[0], 1) << "for the first alone";

  lane.drain();
  EXPECT_EQ(elements(sum)[0], 2);
}

TEST_F(StreamLaneTest, every_submission_stands_behind_what_was_computed_and_before_its_event) {
  auto& log = test::fake_gpu::Device::get().log;
  log.clear();
  add_one();

  ASSERT_GE(log.size(), 4u);
  const std::string lane_number = log[2].substr(log[2].find(' '));
  EXPECT_EQ(log[0], "record 0") << "what was computed";
  EXPECT_EQ(log[1], "wait" + lane_number);
  EXPECT_EQ(log[2], "add" + lane_number);
  EXPECT_EQ(log[3], "record" + lane_number);
  EXPECT_NE(lane_number, " 0");
}

TEST_F(StreamLaneTest, tickets_older_than_its_memory_are_waited_for_all_the_same) {
  const Lane::Ticket first = add_one();
  for (int i = 0; i < 200; ++i) add_one();

  lane.wait(first);

  EXPECT_GE(elements(sum)[0], 1);
}

TEST_F(StreamLaneTest, errors_of_launching_are_thrown_where_they_happen) {
  EXPECT_THROW(lane.submit([] { throw std::bad_alloc(); }), std::bad_alloc);
}

}  // namespace fullshard::comm
