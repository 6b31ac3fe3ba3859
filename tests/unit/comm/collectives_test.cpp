#include "fullshard/comm/collectives.hpp"

#include <gtest/gtest.h>

namespace fullshard::comm {

TEST(Collectives, messages_under_way_are_two_pieces_from_every_peer) {
  const Transfers transfers{.piece = {4'000'000}};

  EXPECT_EQ(message_memory({{10'000'000}, DType::F32}, 2, transfers), Bytes{2 * 4'000'000});
  EXPECT_EQ(message_memory({{10'000'000}, DType::F32}, 4, transfers), Bytes{3 * 2 * 4'000'000});
  EXPECT_EQ(message_memory({{100'000}, DType::F32}, 2, transfers), Bytes{400'000}) << "one is all of it";
  EXPECT_EQ(message_memory({{100'000}, DType::F32}, 1, transfers), Bytes{}) << "nobody sends";
}

TEST(Collectives, messages_under_way_keep_within_64_mib_however_many_peers) {
  for (const int ranks : {9, 100, 1000})
    EXPECT_LE(message_memory({{100'000'000}, DType::F32}, ranks, {.piece = {4'000'000}}),
              Bytes{int64_t{64} << 20});
}

// Arrived and sent in half the width, and what arrived once more as it is added.
TEST(Collectives, messages_in_bf16_are_rounded_and_widened_in_memory_of_their_own) {
  const Transfers transfers{.piece = {4'000'000}, .sum_transfer = DType::BF16};

  EXPECT_EQ(message_memory({{10'000'000}, DType::F32}, 2, transfers),
            Bytes{2 * 2'000'000 + 2 * 2'000'000 + 4'000'000});
}

}  // namespace fullshard::comm
