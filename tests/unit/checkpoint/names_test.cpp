#include "checkpoint/names.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

TEST(Names, only_the_one_spelling_of_a_checkpoint_is_one) {
  EXPECT_EQ(step_of(final_name(120)), 120);
  EXPECT_EQ(step_of(final_name(0)), 0);
  for (const char* other :
       {"checkpoint-", "checkpoint-007", "checkpoint--1", "checkpoint-+1", "checkpoint-1x",
        "checkpoint-99999999999999999999", "Checkpoint-1", "checkpoint-1.partial-x", ""})
    EXPECT_FALSE(step_of(other)) << other;
}

TEST(Names, a_partial_directory_is_recognised_and_is_no_checkpoint) {
  const std::string name = partial_name(5, new_uuid());

  EXPECT_TRUE(is_partial(name));
  EXPECT_FALSE(step_of(name));
  EXPECT_FALSE(is_partial("checkpoint-5"));
  EXPECT_FALSE(is_partial("notes.partial-" + new_uuid()));
}

TEST(Names, uuids_differ_and_look_like_uuids) {
  EXPECT_TRUE(is_uuid(new_uuid()));
  EXPECT_NE(new_uuid(), new_uuid());
  EXPECT_EQ(new_uuid()[14], '4');
}

TEST(Names, a_path_is_no_plain_name) {
  EXPECT_TRUE(is_plain_name("model.layers.0.weight"));
  for (std::string bad : {std::string(""), std::string("."), std::string(".."), std::string("a/b"),
                          std::string("/a"), std::string(256, 'x'), std::string("a\0b", 3)})
    EXPECT_FALSE(is_plain_name(bad)) << bad;
}

TEST(Names, a_hash_has_sixteen_digits) {
  EXPECT_EQ(hash_from_hex("00000000000000ff"), 255u);
  EXPECT_THROW(hash_from_hex("ff"), Error);
  EXPECT_THROW(hash_from_hex("00000000000000f "), Error);
}

}  // namespace fullshard::checkpoint
