#include "fullshard/core/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fullshard {
namespace {

TEST(Utf8, text_of_every_length_of_sequence_is_utf8) {
  EXPECT_EQ(first_not_utf8(""), std::nullopt);
  EXPECT_EQ(first_not_utf8("plain text of more than eight bytes\n"), std::nullopt);
  EXPECT_EQ(first_not_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xEF\xBF\xBF"),
            std::nullopt);
  EXPECT_EQ(first_not_utf8("\xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"), std::nullopt);
}

TEST(Utf8, the_first_broken_byte_is_named) {
  EXPECT_EQ(first_not_utf8("0123456789\xFF"), 10u);
  EXPECT_EQ(first_not_utf8("ab\xC3"), 2u);
  EXPECT_EQ(first_not_utf8("ab\xE2\x82"), 2u);
  EXPECT_EQ(first_not_utf8("ab\xF0\x9F\x99 and so on"), 2u);
  EXPECT_EQ(first_not_utf8("\x80"), 0u);
}

TEST(Utf8, overlong_surrogate_and_beyond_unicode_are_not_utf8) {
  for (const std::string broken : {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
                                   "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"})
    EXPECT_EQ(first_not_utf8("a" + broken), 1u);
}

}  // namespace
}  // namespace fullshard
