#include "fullshard/model/block.hpp"

#include <gtest/gtest.h>

#include "support/plain_reference.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

using test::NamedConfig;

// Rounding of fp64 sums over at most a few thousand products of order one, through some ten operations.
constexpr double kFp64Tolerance = 1e-12;

class BlockOf : public ::testing::TestWithParam<NamedConfig> {
 protected:
  static constexpr int64_t kRows = 2, kLength = 141;  // more than one block of queries, and a ragged last one
  const ModelSpec spec{GetParam().config};
  const UnitSpec& unit = spec.unit(spec.block_unit(0));
  const Sequences sequences{spec.config, Segments::alike(kRows, kLength), at::kDouble};
  const Tensor x = test::random_matrix(kRows * kLength, spec.config.hidden_size, 3);
  const Tensor dy = test::random_matrix(kRows * kLength, spec.config.hidden_size, 4);
  int64_t window() const { return spec.config.sliding_window.empty() ? 0 : spec.config.sliding_window[0]; }

  UnitTensors zeros() const {
    UnitTensors t = test::flat_tensors(unit);
    for (const auto& p : unit.params) t[p.role].zero_();
    return t;
  }
};

}  // namespace

TEST_P(BlockOf, forward_and_backward_equal_autograd_of_the_plain_form) {
  const UnitTensors w = test::random_tensors(unit, 1), g = zeros();
  UnitTensors reference;
  for (const auto& p : unit.params) reference.set(p.role, w[p.role].clone().requires_grad_(true));
  const Tensor reference_x = x.clone().requires_grad_(true);

  const Block block(spec.config, 0);
  auto [y, saved] = block.forward(w, x, sequences);
  const Tensor dx = block.backward(w, std::move(saved), dy, sequences, g, Accumulate::Overwrite);
  const Tensor reference_y = test::plain_block(spec.config, reference, reference_x, sequences, window());
  reference_y.backward(dy);

  EXPECT_LT(test::relative_difference(y, reference_y.detach()), kFp64Tolerance);
  EXPECT_LT(test::relative_difference(dx, reference_x.grad()), kFp64Tolerance);
  for (const auto& p : unit.params)
    EXPECT_LT(test::relative_difference(g[p.role], reference[p.role].grad()), kFp64Tolerance) << p.name;
}

// Packed sequences: each as if it were alone.
TEST_P(BlockOf, sequences_end_to_end_do_not_see_each_other) {
  const std::vector<int32_t> starts{0, 5, 146, 147, 2 * kLength};
  const UnitTensors w = test::random_tensors(unit, 1), together = zeros(), alone = zeros();
  const Block block(spec.config, 0);
  const Sequences packed(spec.config, Segments(starts), at::kDouble);

  auto [y, saved] = block.forward(w, x, packed);
  const Tensor dx = block.backward(w, std::move(saved), dy, packed, together, Accumulate::Overwrite);

  for (size_t s = 0; s + 1 < starts.size(); ++s) {
    const int64_t first = starts[s], length = starts[s + 1] - first;
    const Sequences one(spec.config, Segments::alike(1, length), at::kDouble);
    auto [y_one, saved_one] = block.forward(w, x.narrow(0, first, length), one);
    const Tensor dx_one = block.backward(w, std::move(saved_one), dy.narrow(0, first, length).clone(), one,
                                         alone, s == 0 ? Accumulate::Overwrite : Accumulate::Add);
    EXPECT_LT(test::relative_difference(y.narrow(0, first, length), y_one), kFp64Tolerance) << s;
    EXPECT_LT(test::relative_difference(dx.narrow(0, first, length), dx_one), kFp64Tolerance) << s;
  }
  for (const auto& p : unit.params)
    EXPECT_LT(test::relative_difference(together[p.role], alone[p.role]), kFp64Tolerance) << p.name;
}

TEST_P(BlockOf, gradients_are_added_or_replace_what_was_there) {
  const UnitTensors w = test::random_tensors(unit, 1), once = zeros(), twice = zeros();
  const Block block(spec.config, 0);
  const auto run = [&](const UnitTensors& g, Accumulate mode) {
    block.backward(w, block.forward(w, x, sequences).saved, dy, sequences, g, mode);
  };
  for (const auto& p : unit.params) once[p.role].fill_(1e30);  // what a fresh slot may hold

  run(once, Accumulate::Overwrite);
  run(twice, Accumulate::Overwrite);
  run(twice, Accumulate::Add);

  for (const auto& p : unit.params)
    EXPECT_LT(test::relative_difference(twice[p.role], once[p.role] * 2), kFp64Tolerance) << p.name;
}

INSTANTIATE_TEST_SUITE_P(Tiny, BlockOf, ::testing::ValuesIn(test::tiny_configs()),
                         [](const auto& c) { return c.param.name; });

}  // namespace fullshard::model
