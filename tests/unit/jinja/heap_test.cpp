#include "fullshard/jinja/heap.hpp"

#include <gtest/gtest.h>

#include "fullshard/jinja/error.hpp"

namespace fullshard::jinja {
namespace {

TEST(Heap, a_text_made_last_grows_in_place_and_others_do_not_change) {
  Heap heap;
  const Value a = heap.string("abc");
  const Value ab = heap.concat(a.string(), "def");
  const Value ac = heap.concat(a.string(), "xyz");
  const Value self = heap.concat(ac.string(), ac.string());

  EXPECT_EQ(a.string(), "abc");
  EXPECT_EQ(ab.string(), "abcdef");
  EXPECT_EQ(ab.string().data(), a.string().data());
  EXPECT_EQ(ac.string(), "abcxyz");
  EXPECT_EQ(self.string(), "abcxyzabcxyz");
}

TEST(Heap, copies_what_it_is_given) {
  Heap heap;
  Value list;
  {
    std::string text = "gone";
    const Value items[] = {heap.string(text), Value::integer(1)};
    list = heap.list(items);
  }

  EXPECT_EQ(list.items()[0].string(), "gone");
  EXPECT_EQ(list.items()[1].integer(), 1);
}

TEST(Heap, refuses_text_that_is_not_utf8) {
  Heap heap;

  for (const char* bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"})
    EXPECT_THROW(heap.string(bad), TemplateError) << bad;
  EXPECT_EQ(heap.string("aé☃😀").string(), "aé☃😀");
}

TEST(Heap, counts_memory_and_steps_and_begins_anew_when_cleared) {
  Heap heap(Limits{.steps = 100, .memory = Bytes{1000}, .output = Bytes{1000}, .depth = 10});
  heap.text(900);

  EXPECT_THROW(heap.text(101), TemplateError);
  EXPECT_THROW(heap.spend(101), TemplateError);
  heap.clear();
  heap.text(900);
  heap.spend(100);
}

}  // namespace
}  // namespace fullshard::jinja
