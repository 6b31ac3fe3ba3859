#include "fullshard/jinja/member.hpp"

#include <gtest/gtest.h>

#include "fullshard/jinja/parse_json.hpp"

namespace fullshard::jinja {
namespace {

TEST(Member, is_found_in_small_and_large_dicts_and_nowhere_else) {
  Heap heap;
  const Value small = parse_json(R"({"a": 1, "b": null})", heap);
  const Value large =
      parse_json(R"({"k9":9,"k8":8,"k7":7,"k6":6,"k5":5,"k4":4,"k3":3,"k2":2,"k1":1,"k0":0,"k9":10})", heap);

  EXPECT_EQ(member(small, "a")->integer(), 1);
  EXPECT_TRUE(member(small, "b")->is(Kind::None));
  EXPECT_EQ(member(small, "c"), nullptr);
  EXPECT_EQ(member(large, "k0")->integer(), 0);
  EXPECT_EQ(member(large, "k9")->integer(), 10);
  EXPECT_EQ(member(Value::integer(1), "a"), nullptr);
}

TEST(Member, kinds_are_named_in_words_of_json) {
  Heap heap;
  const Value all = parse_json(R"([{}, [], "", 1, 1.5, true, null])", heap);

  std::string names;
  for (const Value& v : all.items()) names += std::string(json_kind(v)) + "; ";

  EXPECT_EQ(names, "an object; a list; a string; a number; a number; true or false; null; ");
}

}  // namespace
}  // namespace fullshard::jinja
