#include "fullshard/model/embedding.hpp"

#include <gtest/gtest.h>

#include "support/tiny_model.hpp"

namespace fullshard::model {

TEST(Embedding, repeated_tokens_add_their_gradients_and_absent_ones_stay_zero) {
  const ModelSpec spec(test::tiny_config());
  const UnitTensors w = test::random_tensors(spec.unit(spec.embed_unit()), 1);
  UnitTensors g;
  g.set(Role::Embedding, at::full_like(w[Role::Embedding], 3.0));
  const std::vector<int32_t> ids{5, 0, 5, 66};
  const MicroBatch batch{ids, {}, {}};
  const Tensor dx = test::random_matrix(4, 24, 2);

  const Tensor x = embed(w, batch.ids);
  embed_backward(spec.config, g, dx, batch, Accumulate::Overwrite);

  EXPECT_TRUE(x[2].equal(w[Role::Embedding][5]));
  EXPECT_TRUE(g[Role::Embedding][5].equal(dx[0] + dx[2]));
  EXPECT_TRUE(g[Role::Embedding][66].equal(dx[3]));
  EXPECT_EQ(g[Role::Embedding][1].abs().max().item<double>(), 0);
}

TEST(Embedding, the_pad_tokens_row_gets_no_gradient_as_in_transformers) {
  config::ModelConfig config = test::tiny_config();
  config.pad_token_id = 5;
  UnitTensors g;
  g.set(Role::Embedding, at::full({67, 24}, 3.0, at::kDouble));
  const std::vector<int32_t> ids{5, 0, 5, 66};

  embed_backward(config, g, test::random_matrix(4, 24, 2), {ids, {}, {}}, Accumulate::Overwrite);

  EXPECT_EQ(g[Role::Embedding][5].abs().max().item<double>(), 0);
  EXPECT_GT(g[Role::Embedding][66].abs().max().item<double>(), 0);
}

}  // namespace fullshard::model
