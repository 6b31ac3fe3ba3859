#include "fullshard/core/sizes.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/core/ids.hpp"

namespace fullshard {

static_assert(!std::is_convertible_v<Elems, Bytes>);
static_assert(!std::is_convertible_v<WorldRank, LocalRank>);
static_assert(!std::is_convertible_v<int, WorldRank>);

TEST(Sizes, bytes_follow_from_elements_and_dtype) {
  EXPECT_EQ(bytes({10}, DType::BF16), Bytes{20});
  EXPECT_EQ(bytes({10}, DType::F64), Bytes{80});
}

TEST(Sizes, division_that_does_not_go_is_refused) {
  EXPECT_EQ(div_exact(12, 4), 3);
  EXPECT_THROW(div_exact(13, 4), InternalError);
}

TEST(Sizes, are_readable) {
  EXPECT_EQ(human(Bytes{512}), "512 B");
  EXPECT_EQ(human(Bytes{5} * (1 << 30)), "5.00 GiB");
}

}  // namespace fullshard
