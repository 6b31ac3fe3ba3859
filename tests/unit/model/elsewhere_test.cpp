// Tensors of a device that is not the host. The meta device stands for one: operations on it have shapes and
// types, and no memory that a host kernel could touch.

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/model/attention.hpp"
#include "fullshard/model/block.hpp"
#include "fullshard/model/embedding.hpp"
#include "model/aten/ops.hpp"
#include "model/cross_entropy.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

Tensor elsewhere(at::IntArrayRef shape) {
  return at::empty(shape, at::TensorOptions(at::kFloat).device(at::kMeta));
}

UnitTensors unit_elsewhere(const UnitSpec& unit) {
  UnitTensors t;
  for (const auto& p : unit.params) t.set(p.role, elsewhere(p.shape));
  return t;
}

}  // namespace

TEST(Elsewhere, a_block_computes_where_its_tensors_are) {
  for (const test::NamedConfig& c : test::tiny_configs()) {
    SCOPED_TRACE(c.name);
    const ModelSpec spec(c.config);
    const UnitSpec& unit = spec.unit(spec.block_unit(0));
    const UnitTensors w = unit_elsewhere(unit), g = unit_elsewhere(unit);
    const Sequences sequences(spec.config, Segments::alike(2, 141, at::kMeta), at::kFloat);
    const Tensor x = elsewhere({2 * 141, spec.config.hidden_size});

    const Block block(spec.config, 0);
    auto [y, saved] = block.forward(w, x, sequences);
    const Tensor dx = block.backward(w, std::move(saved), y, sequences, g, Accumulate::Overwrite);

    EXPECT_TRUE(y.is_meta() && dx.is_meta());
    EXPECT_EQ(y.sizes(), x.sizes());
    EXPECT_EQ(dx.sizes(), x.sizes());
  }
}

TEST(Elsewhere, so_do_the_embedding_and_the_loss) {
  config::ModelConfig config = test::tiny_config();
  config.pad_token_id = 5;
  const ModelSpec spec(config);
  const UnitTensors w = unit_elsewhere(spec.unit(spec.embed_unit()));
  const std::vector<int32_t> ids{5, 0, 66}, targets{0, -100, 3};
  const Tensor logits = elsewhere({3, config.vocab_size}), gradient = elsewhere({3, config.vocab_size});

  const Tensor x = embed(w, ids);
  embed_backward(config, w, x, {ids, targets, {}}, Accumulate::Overwrite);
  CrossEntropy(targets, logits).add_chunk(logits, gradient);

  EXPECT_TRUE(x.is_meta());
  EXPECT_TRUE(aten::indices(ids, logits).is_meta());
  EXPECT_EQ(x.sizes(), (at::IntArrayRef{3, config.hidden_size}));
}

TEST(Elsewhere, positions_and_rotary_tables_are_where_blocks_compute) {
  const Sequences sequences(test::tiny_config(), Segments::alike(3, 7, at::kMeta), at::kBFloat16);

  const auto& [positions, rope] = sequences.rotation;
  EXPECT_TRUE(positions.is_meta() && rope.cosine.is_meta() && rope.sine.is_meta());
  EXPECT_TRUE(sequences.segments.on_device().is_meta());
  EXPECT_EQ(positions.numel(), 21);
}

TEST(Elsewhere, attention_of_the_newest_tokens_is_refused) {
  EXPECT_THROW(attention_of_newest(elsewhere({1, 8}), elsewhere({3, 16}), {1, 1, 8, 0}), InternalError);
}

}  // namespace fullshard::model
