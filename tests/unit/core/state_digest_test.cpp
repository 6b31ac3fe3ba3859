#include "fullshard/core/state_digest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fullshard {

namespace {

const Digest kOne{1, 2}, kOther{3, 4};
const std::vector<int64_t> kShape{2, 3};

Digest sum(Digest a, Digest b) {
  return a += b;
}

}  // namespace

TEST(StateDigest, does_not_depend_on_the_order_of_the_tensors) {
  const Digest a = state_part("a", "float32", kShape, kOne), b = state_part("b", "float32", kShape, kOther);

  EXPECT_EQ(sum(a, b), sum(b, a));
}

TEST(StateDigest, shows_swapped_names_another_dtype_another_shape_and_other_bits) {
  const Digest sample = state_part("a", "float32", kShape, kOne);
  const std::vector<int64_t> turned{3, 2}, flat{6}, merged{23};

  EXPECT_NE(sum(sample, state_part("b", "float32", kShape, kOther)),
            sum(state_part("b", "float32", kShape, kOne), state_part("a", "float32", kShape, kOther)));
  EXPECT_NE(sample, state_part("a", "bfloat16", kShape, kOne));
  for (const auto& shape : {turned, flat, merged}) EXPECT_NE(sample, state_part("a", "float32", shape, kOne));
  EXPECT_NE(sample, state_part("a", "float32", kShape, {1, 3}));
  EXPECT_NE(sample, state_part("a", "float32", kShape, {2, 2}));
  EXPECT_NE(sample.lo, sample.hi);
}

TEST(StateDigest, a_name_cannot_imitate_another_line) {
  EXPECT_NE(state_part("x", "float32", kShape, kOne), state_part("2,3\nx", "float32", {}, kOne));
  EXPECT_NE(state_part("x\ny", "float32", kShape, kOne), state_part("y", "float32", kShape, kOne));
}

}  // namespace fullshard
