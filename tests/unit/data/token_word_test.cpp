#include "fullshard/data/token_word.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace fullshard::data {
namespace {

using Words = std::vector<int32_t>;

TEST(TokenWord, an_id_comes_back_with_whether_it_is_trained) {
  for (const int32_t id : {0, 1, INT32_MAX}) {
    EXPECT_EQ(id_of(token_word(id, true)), id);
    EXPECT_EQ(id_of(token_word(id, false)), id);
    EXPECT_EQ(label_of(token_word(id, true)), id);
    EXPECT_EQ(label_of(token_word(id, false)), kIgnored);
  }
}

TEST(TokenWord, the_first_label_of_a_sample_counts_in_no_loss) {
  EXPECT_EQ(trained_in(Words{1, ~2, 3, 4}), 2);
  EXPECT_EQ(trained_in({}), 0);
}

TEST(TokenWord, the_mask_and_the_length_are_part_of_the_digest) {
  EXPECT_NE(sample_digest(Words{1, 2}), sample_digest(Words{1, ~2}));
  EXPECT_NE(sample_digest(Words{1, 2}), sample_digest(Words{2, 1}));
  EXPECT_NE(sample_digest(Words{0}), sample_digest(Words{0, 0}));
}

}  // namespace
}  // namespace fullshard::data
