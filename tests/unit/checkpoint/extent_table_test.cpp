#include "checkpoint/extent_table.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

namespace {

const std::vector<TensorSpec> kTensors = {{"g", "a", {10}, DType::F32}, {"g", "b", {4}, DType::F32}};

}  // namespace

TEST(ExtentTable, parts_of_several_ranks_in_any_order_cover) {
  EXPECT_NO_THROW(
      check_coverage({{{1, {2}, {2}}, {0, {4}, {6}}}, {}, {{0, {0}, {4}}, {1, {0}, {2}}}}, kTensors));
}

TEST(ExtentTable, holes_overlaps_and_strangers_are_refused) {
  const ExtentTable bad[] = {
      {{{0, {0}, {10}}}},                                              // tensor 1 is missing
      {{{0, {0}, {9}}, {1, {0}, {4}}}},                                // the last element is
      {{{0, {1}, {9}}, {1, {0}, {4}}}},                                // the first is
      {{{0, {0}, {6}}, {1, {0}, {4}}}, {{0, {5}, {5}}}},               // one is there twice
      {{{0, {0}, {10}}, {1, {0}, {4}}}, {{0, {0}, {10}}}},             // all are
      {{{0, {0}, {4}}, {0, {6}, {4}}, {0, {2}, {2}}, {1, {0}, {4}}}},  // as many elements, wrong ones
      {{{0, {0}, {11}}, {1, {0}, {4}}}},                               // one too many
      {{{0, {0}, {10}}, {1, {0}, {4}}, {2, {0}, {1}}}},                // no such tensor
      {{{0, {0}, {10}}, {0, {10}, {0}}, {1, {0}, {4}}}},               // nothing
  };
  for (const ExtentTable& table : bad)
    EXPECT_THROW(check_coverage(table, kTensors), InternalError) << &table - bad;
}

}  // namespace fullshard::checkpoint
