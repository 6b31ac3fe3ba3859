#include "fullshard/shard/flat_layout.hpp"

#include <gtest/gtest.h>

namespace fullshard::shard {

namespace {

using tensor::ParamSpec;

std::vector<ParamSpec> params_of(std::vector<int64_t> sizes) {
  std::vector<ParamSpec> params;
  for (int64_t n : sizes)
    params.push_back(
        {"p" + std::to_string(n), tensor::Role::Query, {n}, tensor::Init::Normal, tensor::WeightDecay::Yes});
  return params;
}

const std::vector<ParamSpec> kParams = params_of({64, 4096, 5000, 1, 2048, 100000});

}  // namespace

TEST(FlatLayout, tensors_start_aligned_and_do_not_depend_on_the_world) {
  const FlatLayout one(kParams, 1), eight(kParams, 8);

  for (size_t p = 0; p < one.num_params(); ++p) {
    EXPECT_EQ(one.offset(p).value % kTensorAlignment, 0);
    EXPECT_EQ(one.offset(p), eight.offset(p));
  }
  EXPECT_EQ(eight.padded().value % (8 * kTensorAlignment), 0);
}

TEST(FlatLayout, every_element_belongs_to_exactly_one_slice_of_any_world) {
  for (int world : {1, 2, 3, 4, 7, 8}) {
    const FlatLayout layout(kParams, world);
    std::vector<std::vector<int>> owners;
    for (const ParamSpec& p : kParams) owners.emplace_back(p.size().value, 0);
    const Elems part{layout.padded().value / world};
    for (int r = 0; r < world; ++r)
      for (const TensorExtent& e : layout.extents({part * r, part})) {
        EXPECT_EQ((part * r + e.in_slice), layout.offset(e.param) + e.in_tensor);
        for (int64_t i = 0; i < e.count.value; ++i)
          ++owners[e.param][static_cast<size_t>(e.in_tensor.value + i)];
      }
    for (const auto& counts : owners)
      EXPECT_EQ(std::count(counts.begin(), counts.end(), 1), static_cast<int64_t>(counts.size()));
  }
}

TEST(FlatLayout, an_extent_never_cuts_a_block_of_2048_elements_of_a_tensor) {
  const FlatLayout layout(kParams, 3);
  const Elems part{layout.padded().value / 3};
  for (int r = 0; r < 3; ++r)
    for (const TensorExtent& e : layout.extents({part * r, part}))
      EXPECT_EQ(e.in_tensor.value % kTensorAlignment, 0);
}

}  // namespace fullshard::shard
