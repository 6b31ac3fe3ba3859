#include "tokenize/source_map.hpp"

#include <gtest/gtest.h>

namespace fullshard::tokenize {

namespace {

// "xab  c" made "_ab-c": x replaced, ab kept, two spaces become one sign.
SourceMap marked() {
  SourceMap map;
  map.replace("x", "_");
  map.keep(2);
  map.replace(2, 1);
  map.keep(1);
  return map;
}

}  // namespace

TEST(SourceMap, one_never_written_to_says_that_nothing_changed) {
  EXPECT_EQ(SourceMap{}.source_of({3, 7}), (TextRange{3, 7}));
}

TEST(SourceMap, kept_bytes_are_themselves_and_replaced_ones_are_one) {
  const SourceMap map = marked();

  EXPECT_EQ(map.source_of({1, 2}), (TextRange{1, 2}));
  EXPECT_EQ(map.source_of({3, 4}), (TextRange{3, 5}));
  EXPECT_EQ(map.source_of({2, 5}), (TextRange{2, 6}));
}

TEST(SourceMap, what_is_skipped_shifts_what_follows) {
  SourceMap map;
  map.skip(2);
  map.keep(3);

  EXPECT_EQ(map.source_of({0, 3}), (TextRange{2, 5}));
}

TEST(SourceMap, what_is_put_in_front_stands_for_the_range_it_is_given) {
  SourceMap map;
  map.put(3, {0, 2});
  map.keep(4);

  EXPECT_EQ(map.source_of({0, 3}), (TextRange{0, 2}));
  EXPECT_EQ(map.source_of({1, 4}), (TextRange{0, 1}));
  EXPECT_EQ(map.source_of({3, 4}), (TextRange{0, 1}));
}

TEST(SourceMap, two_maps_are_one_that_goes_both_ways_at_once) {
  SourceMap second;  // "_ab-c" made "!ab-cc", the ! from nowhere before the a
  second.skip(1);
  second.put(1, {1, 1});
  second.keep(3);
  second.replace(1, 2);
  const SourceMap first = marked(), both = first.then(second);

  for (size_t begin = 1; begin < 6; ++begin)
    for (size_t end = begin + 1; end <= 6; ++end)
      EXPECT_EQ(both.source_of({begin, end}), first.source_of(second.source_of({begin, end})))
          << begin << " " << end;
  EXPECT_EQ(both.source_of({0, 1}), (TextRange{1, 1}));
  EXPECT_EQ(SourceMap{}.then(first).source_of({3, 4}), (TextRange{3, 5}));
  EXPECT_EQ(first.then(SourceMap{}).source_of({3, 4}), (TextRange{3, 5}));
}

TEST(Origin, goes_down_through_every_text_below) {
  const std::string_view bottom = "..xab  c", middle = "_ab-c";
  const SourceMap map = marked();
  const Origin lowest{bottom}, above{middle, &lowest, 2, &map};

  EXPECT_EQ(lowest.range_of(bottom.substr(2, 3)), (TextRange{2, 5}));
  EXPECT_EQ(above.range_of(middle.substr(3, 1)), (TextRange{5, 7}));
}

}  // namespace fullshard::tokenize
