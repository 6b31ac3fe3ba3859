#include "fullshard/model/head.hpp"

#include <gtest/gtest.h>

#include "support/plain_reference.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

constexpr double kFp64Tolerance = 1e-12;  // see block_test.cpp

struct Case {
  explicit Case(bool tied) : config(test::tiny_config()) {
    config.tied = tied;
    config.vocab_size = 9001;
  }
  config::ModelConfig config;
};

std::vector<int32_t> some_targets(int64_t n, int64_t vocab) {
  std::vector<int32_t> t;
  for (int64_t i = 0; i < n; ++i) t.push_back(i % 5 == 0 ? -100 : static_cast<int32_t>((i * 37) % vocab));
  return t;
}

void compare_with_autograd(bool tied) {
  const Case c(tied);
  const ModelSpec spec(c.config);
  const UnitSpec& unit = spec.unit(spec.head_unit());
  const int64_t N = 1100;
  ASSERT_LT(head_chunk(c.config.vocab_size), N) << "one chunk adds nothing to another";
  const UnitTensors w = test::random_tensors(unit, 7);
  UnitTensors g, reference;
  for (const auto& p : unit.params) {
    g.set(p.role, at::full(p.shape, 1e30, at::kDouble));
    reference.set(p.role, w[p.role].clone().requires_grad_(true));
  }
  const Tensor x = test::random_matrix(N, c.config.hidden_size, 8),
               reference_x = x.clone().requires_grad_(true);
  const std::vector<int32_t> targets = some_targets(N, c.config.vocab_size);
  const MicroBatch batch{{}, targets, {}};
  const Role matrix = tied ? Role::Embedding : Role::OutputProjection;

  const Head head(spec.config);
  const HeadBackward ours = head.forward_backward(w, x, batch, g, Accumulate::Overwrite);
  const Tensor logits = test::plain_norm(reference_x, reference[Role::FinalNorm], c.config.rms_norm_eps)
                            .matmul(reference[matrix].t());
  const Tensor labels = at::from_blob(const_cast<int32_t*>(targets.data()), {N}, at::kInt).to(at::kLong);
  const Tensor loss = at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum, -100);
  loss.backward();

  EXPECT_NEAR(ours.loss_sum, loss.item<double>(), kFp64Tolerance * loss.item<double>());
  EXPECT_NEAR(head.loss(w, x, batch), loss.item<double>(), kFp64Tolerance * loss.item<double>());
  EXPECT_LT(test::relative_difference(ours.dx_ND, reference_x.grad()), kFp64Tolerance);
  EXPECT_LT(test::relative_difference(g[matrix], reference[matrix].grad()), kFp64Tolerance);
  EXPECT_LT(test::relative_difference(g[Role::FinalNorm], reference[Role::FinalNorm].grad()), kFp64Tolerance);
}

}  // namespace

TEST(Head, loss_and_gradients_equal_autograd) {
  compare_with_autograd(false);
}
TEST(Head, a_tied_matrix_gets_the_projections_gradient) {
  compare_with_autograd(true);
}

TEST(Head, a_micro_batch_without_targets_has_no_loss_and_zero_gradients) {
  const ModelSpec spec(test::tiny_config());
  const UnitSpec& unit = spec.unit(spec.head_unit());
  UnitTensors g;
  for (const auto& p : unit.params) g.set(p.role, at::full(p.shape, 5.0, at::kDouble));
  const std::vector<int32_t> targets(3, -100);

  const HeadBackward r = Head(spec.config)
                             .forward_backward(test::random_tensors(unit, 1), test::random_matrix(3, 24, 2),
                                               {{}, targets, {}}, g, Accumulate::Overwrite);

  EXPECT_EQ(r.loss_sum, 0);
  EXPECT_EQ(r.dx_ND.abs().max().item<double>(), 0);
  for (const auto& p : unit.params) EXPECT_EQ(g[p.role].abs().max().item<double>(), 0);
}

}  // namespace fullshard::model
