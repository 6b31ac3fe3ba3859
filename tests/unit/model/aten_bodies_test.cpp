// The bodies of src/model/aten against the host's kernels, on the same tensors.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fullshard/model/attention.hpp"
#include "fullshard/model/head.hpp"
#include "fullshard/model/ops.hpp"
#include "fullshard/tensor/host_kernels.hpp"
#include "model/aten/gemm.hpp"
#include "model/cross_entropy.hpp"
#include "support/body_choice.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

/// What one computation made; all of it is compared.
using Results = std::vector<Tensor>;

// Of the norm of a whole tensor. Both bodies compute in acc and round each result once to its type. In acc
// they differ by the rounding of sums, whose errors have either sign: 64 of them for the at most 64² terms of
// a sum. In bf16 attention there are four roundings to 2^-9 of an element: the result's in both bodies, and
// the probabilities' and their gradients' in the host's alone.
double tolerance(at::ScalarType type) {
  if (type == at::kDouble) return 1e-12;
  return type == at::kFloat ? 64 * 0x1p-24 : 4 * 0x1p-9;
}

class Bodies : public ::testing::TestWithParam<at::ScalarType> {
 protected:
  const at::ScalarType type = GetParam(), acc = acc_type(type);

  Tensor random(int64_t rows, int64_t columns, uint64_t seed) const {
    return test::random_matrix(rows, columns, seed).to(test::device(), type);
  }
  Tensor random_acc(int64_t rows, int64_t columns, uint64_t seed) const {
    return test::random_matrix(rows, columns, seed).to(test::device(), acc);
  }
  /// compute() makes its own inputs, since some functions work in place.
  template <class Compute>
  void expect_agreement(const Compute& compute) const {
    const Results ours = compute();
    const Results hosts = [&] {
      const test::HostKernels host;
      return compute();
    }();
    ASSERT_EQ(ours.size(), hosts.size());
    for (size_t i = 0; i < ours.size(); ++i) {
      EXPECT_EQ(ours[i].scalar_type(), hosts[i].scalar_type()) << i;
      ASSERT_EQ(ours[i].sizes(), hosts[i].sizes()) << i;
      EXPECT_LT(test::relative_difference(ours[i], hosts[i]), tolerance(ours[i].scalar_type())) << i;
    }
  }
};

struct Heads {
  int64_t rows, length, num_heads, num_kv_heads, head_dim, window;
};

// One token; odd lengths; more than one block of queries with a ragged last one; every grouping; windows.
constexpr Heads kHeads[] = {{1, 1, 4, 2, 16, 0},   {2, 7, 4, 4, 16, 0},    {3, 61, 6, 2, 64, 5},
                            {1, 141, 4, 1, 80, 0}, {2, 257, 2, 1, 128, 0}, {1, 300, 3, 3, 6, 150},
                            {1, 129, 2, 2, 10, 1}, {1, 9, 2, 2, 16, 100}};

std::vector<int32_t> some_ids(int64_t n, int64_t vocabulary) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < n; ++i) ids.push_back(static_cast<int32_t>(i * i % vocabulary));
  return ids;
}

}  // namespace

TEST(ChoiceOfBodies, this_program_takes_the_host_kernels_in_their_scope_only) {
  EXPECT_FALSE(tensor::has_host_kernels(at::zeros({1}, test::device())));
  const test::HostKernels host;
  EXPECT_TRUE(tensor::has_host_kernels(at::zeros({1}, test::device())));
}

// What host tensors can show of it: products of one type, in place, amid wider rows.
TEST(AtenGemm, adds_in_place_and_leaves_the_process_as_it_was) {
  const Tensor a = test::random_matrix(7, 33, 1), b = test::random_matrix(5, 33, 2).t();
  const Tensor memory = test::random_matrix(7, 9, 3), before = memory.clone();
  const Tensor c = memory.narrow(1, 2, 5), expected = c + a.matmul(b);
  const auto reduction = at::globalContext().allowBF16ReductionCuBLAS();

  aten::gemm_into(c, a, b, Accumulate::Add);
  EXPECT_LT(test::relative_difference(c, expected), 1e-14);
  aten::gemm_into(c, a, b, Accumulate::Overwrite);
  EXPECT_LT(test::relative_difference(c, a.matmul(b)), 1e-14);

  EXPECT_TRUE(memory.narrow(1, 0, 2).equal(before.narrow(1, 0, 2)));
  EXPECT_TRUE(memory.narrow(1, 7, 2).equal(before.narrow(1, 7, 2)));
  EXPECT_EQ(at::globalContext().allowBF16ReductionCuBLAS(), reduction);
}

TEST_P(Bodies, norms_agree_forward_and_backward) {
  for (const auto& [N, D] : {std::pair<int64_t, int64_t>{1, 24}, {7, 577}, {61, 1}, {130, 64}})
    for (const Accumulate mode : {Accumulate::Overwrite, Accumulate::Add})
      expect_agreement([&, N = N, D = D] {
        const Tensor x = random_acc(N, D, 1), w = random_acc(1, D, 2)[0], dy = random(N, D, 3);
        const Tensor dx = random_acc(N, D, 4), dw = random_acc(1, D, 5)[0];
        const Normed forward = rms_norm(x, w, 1e-5, type);
        rms_norm_backward(dy, x, forward.rstd_N, w, dx, mode, dw);
        return Results{forward.y_ND, forward.rstd_N, dx, dw};
      });
}

TEST_P(Bodies, head_norms_and_rope_agree_in_columns_of_wider_rows) {
  for (const Heads& h : kHeads)
    expect_agreement([&] {
      config::ModelConfig config = test::tiny_config();
      config.head_dim = h.head_dim;
      const int64_t N = h.rows * h.length, width = h.num_heads * h.head_dim;
      const TokenRotation rotation =
          Sequences(config, Segments::alike(h.rows, h.length, test::device()), type).rotation;
      const Tensor wide = random(N, width + 5, 1), dwide = random(N, width + 3, 2);
      const Tensor x = wide.narrow(1, 2, width), dy = dwide.narrow(1, 1, width);
      const Tensor w = random_acc(1, h.head_dim, 3)[0], dw = random_acc(1, h.head_dim, 4)[0];
      const Normed forward = head_norm_in_place(x, w, 1e-5);
      rope_in_place(x, h.head_dim, rotation, Rotate::Forward);
      rope_in_place(dy, h.head_dim, rotation, Rotate::Backward);
      head_norm_backward_in_place(dy, forward.y_ND, forward.rstd_N, w, dw);
      return Results{wide, dwide, forward.y_ND, forward.rstd_N, dw};
    });
}

TEST_P(Bodies, silu_agrees_forward_and_backward) {
  for (const auto& [N, F] : {std::pair<int64_t, int64_t>{1, 1}, {7, 577}, {130, 40}})
    expect_agreement([&, N = N, F = F] {
      const Tensor gu = random(N, 2 * F, 1), da = random(N, F, 2), a = silu_mul(gu);
      silu_mul_backward(gu, da);
      return Results{a, gu, da};
    });
}

TEST_P(Bodies, rows_of_the_embedding_agree) {
  for (const int64_t N : {1, 7, 300})
    expect_agreement([&] {
      const int64_t V = 67, D = 33;
      const auto ids = some_ids(N, V);
      const Tensor dx = random_acc(N, D, 2), dtable = random_acc(V, D, 3);
      clear_rows(dx, ids, 4);
      embedding_rows_backward(dtable, dx, ids);
      return Results{embedding_rows(random(V, D, 1), ids), dx, dtable};
    });
}

TEST_P(Bodies, matrix_vector_and_bias_agree) {
  for (const auto& [C, D] : {std::pair<int64_t, int64_t>{1, 7}, {577, 33}})
    expect_agreement([&, C = C, D = D] {
      const Tensor y = random_acc(1, C, 1)[0], db = random_acc(1, D, 4)[0];
      matrix_vector(y, random(C, D, 2), random(1, D, 3));
      bias_backward(db, random(C, D + 2, 5).narrow(1, 1, D));
      return Results{y, db};
    });
}

TEST_P(Bodies, attention_agrees_for_every_grouping_width_and_window) {
  for (const Heads& h : kHeads) {
    SCOPED_TRACE(testing::Message() << h.length << " tokens, heads of " << h.head_dim);
    expect_agreement([&] {
      const AttentionShape shape{h.num_heads, h.num_kv_heads, h.head_dim, h.window};
      // Sequences of that length, then a short one and one of a single token.
      std::vector<int32_t> starts{0};
      for (int64_t r = 0; r < h.rows; ++r) starts.push_back(starts.back() + static_cast<int32_t>(h.length));
      for (const int32_t more : {3, 1}) starts.push_back(starts.back() + more);
      const Segments segments(starts, test::device());
      const int64_t N = segments.tokens();
      const Tensor qkv = random(N, (h.num_heads + 2 * h.num_kv_heads) * h.head_dim, 1),
                   dout = random(N, h.num_heads * h.head_dim, 2);
      const Attended attended = attention(qkv, segments, shape);
      return Results{attended.out, attention_backward(qkv, attended, dout, segments, shape)};
    });
  }
}

TEST_P(Bodies, cross_entropy_agrees_with_ignored_targets_anywhere) {
  for (const int64_t V : {1, 67, 512, 1500}) {
    const std::vector<int32_t> targets{
        -100, static_cast<int32_t>(V / 2), 0, static_cast<int32_t>(V - 1), -100, 0, -100};
    for (const bool with_gradient : {false, true})
      expect_agreement([&] {
        const Tensor logits = random_acc(7, V, 1) * 20, undefined;
        const Tensor gradient = with_gradient ? random(7, V, 2) : undefined;
        CrossEntropy losses(targets, logits);
        for (const auto& [first, n] : {std::pair{0, 3}, {3, 4}})
          losses.add_chunk(logits.narrow(0, first, n),
                           with_gradient ? gradient.narrow(0, first, n) : undefined);
        const Tensor sum = at::full({1}, losses.loss_sum(), at::kDouble).to(acc);
        return with_gradient ? Results{sum, gradient} : Results{sum};
      });
  }
}

TEST_P(Bodies, targets_outside_of_the_vocabulary_make_the_loss_nan_and_leave_the_gradient_zero) {
  for (const int32_t target : {5, -1}) {
    const std::vector<int32_t> targets{target};
    const Tensor logits = random_acc(1, 5, 1), gradient = random(1, 5, 2);

    CrossEntropy losses(targets, logits);
    losses.add_chunk(logits, gradient);

    EXPECT_TRUE(std::isnan(losses.loss_sum()));
    EXPECT_EQ(gradient.abs().max().item<double>(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Bodies, ::testing::Values(at::kDouble, at::kFloat, at::kBFloat16),
                         [](const auto& type) { return std::string(c10::toString(type.param)); });

}  // namespace fullshard::model
