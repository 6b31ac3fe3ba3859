// On the fake device, where nothing happens that nobody waits for.

#include "fullshard/comm/launched.hpp"

#include <gtest/gtest.h>

namespace fullshard::comm {

namespace {

constexpr DeviceId kGpu{0};

CollectiveProgress number(int64_t sequence) {
  CollectiveProgress p;
  p.sequence = sequence;
  return p;
}

}  // namespace

TEST(Launched, the_first_that_the_device_has_not_done_is_told_as_under_way) {
  const device::Stream weights(kGpu), gradients(kGpu);
  Launched launched(kGpu);
  EXPECT_FALSE(launched.look().first);

  launched.add(number(1), weights);
  launched.add(number(2), gradients);
  launched.add(number(3), weights);
  ASSERT_TRUE(launched.look().first);
  EXPECT_EQ(launched.look().first->sequence, 1);
  EXPECT_EQ(launched.look().first->in_flight, 1);
  EXPECT_EQ(launched.look().done, 0u);

  weights.synchronize();
  EXPECT_EQ(launched.look().first->sequence, 2);
  EXPECT_EQ(launched.look().done, 1u);

  gradients.synchronize();
  EXPECT_FALSE(launched.look().first);
  EXPECT_EQ(launched.look().done, 3u);
}

}  // namespace fullshard::comm
