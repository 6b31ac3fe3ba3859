#include "fullshard/generate/decoder.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/error.hpp"
#include "fullshard/model/attention.hpp"
#include "fullshard/model/embedding.hpp"
#include "fullshard/model/head.hpp"
#include "fullshard/model/projection.hpp"
#include "support/whole_model.hpp"

namespace fullshard::generate {

namespace {

using at::Tensor;
using test::NamedConfig;
using test::WholeModel;

// Rounding of fp64 sums over at most a few thousand products of order one, through some ten operations a
// layer.
constexpr double kFp64Tolerance = 1e-12;

std::vector<int32_t> random_ids(int64_t count, int64_t vocab_size) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; ++i)
    ids.push_back(static_cast<int32_t>(CounterRng(5, 1).bits(static_cast<uint64_t>(i)) %
                                       static_cast<uint64_t>(vocab_size)));
  return ids;
}

double worst_difference(Decoder& decoder, const std::vector<int32_t>& ids, size_t prompt,
                        const Tensor& whole) {
  double worst = test::relative_difference(decoder.prefill(std::span(ids).first(prompt)),
                                           whole[static_cast<int64_t>(prompt) - 1]);
  for (size_t t = prompt; t < ids.size(); ++t)
    worst = std::max(worst, test::relative_difference(decoder.step(ids[t]), whole[static_cast<int64_t>(t)]));
  return worst;
}

std::vector<NamedConfig> configs() {
  auto all = test::tiny_configs();
  const auto add = [&](const char* name, config::RopeKind kind) {
    config::ModelConfig c = test::tiny_config();
    c.rope.kind = kind;
    c.rope.factor = 4;
    c.rope.original_max_positions = 64;
    all.push_back({name, c});
  };
  add("linear_rope", config::RopeKind::Linear);
  add("yarn_rope", config::RopeKind::Yarn);
  add("llama3_rope", config::RopeKind::Llama3);
  add("dynamic_rope_within_its_length", config::RopeKind::Dynamic);
  return all;
}

class DecoderOf : public ::testing::TestWithParam<NamedConfig> {
 protected:
  const WholeModel tiny{GetParam().config};
};

}  // namespace

TEST_P(DecoderOf, token_by_token_equals_all_at_once) {
  const auto ids =
      random_ids(290, tiny.spec.config.vocab_size);  // beyond two blocks of queries and the first cache
  const Tensor whole = tiny.logits(ids);
  Decoder decoder(tiny.spec, tiny.params);

  EXPECT_LT(worst_difference(decoder, ids, 1, whole), kFp64Tolerance);
  EXPECT_EQ(decoder.length(), 290);
}

TEST_P(DecoderOf, a_prompt_of_several_blocks_and_then_tokens_equal_all_at_once) {
  const auto ids = random_ids(270, tiny.spec.config.vocab_size);
  const Tensor whole = tiny.logits(ids);
  Decoder decoder(tiny.spec, tiny.params);

  decoder.prefill(random_ids(33, 5));  // another sequence before leaves no trace
  decoder.step(1);

  EXPECT_LT(worst_difference(decoder, ids, 259, whole), kFp64Tolerance);
}

INSTANTIATE_TEST_SUITE_P(Tiny, DecoderOf, ::testing::ValuesIn(configs()),
                         [](const auto& c) { return c.param.name; });

namespace {

// Whole sequence in one pass, but every token after the prompt rotated by the table of its own length.
Tensor logits_with_tables_of_their_time(const WholeModel& m, const std::vector<int32_t>& ids,
                                        int64_t prompt) {
  const config::ModelConfig& c = m.spec.config;
  const auto T = static_cast<int64_t>(ids.size());
  const int64_t rotated = (c.num_heads + c.num_kv_heads) * c.head_dim;
  const auto rotate = [&](const Tensor& qkv, int64_t first, int64_t count) {
    const auto part = model::rotation_of(model::make_rope_table(c, first + count, at::kDouble), first, count);
    model::rope_in_place(qkv.narrow(0, first, count).narrow(1, 0, rotated), c.head_dim, part,
                         model::Rotate::Forward);
  };
  Tensor x = model::embed(m.tensors(m.spec.embed_unit()), ids);
  for (int64_t l = 0; l < c.num_layers; ++l) {
    const auto w = m.tensors(m.spec.block_unit(l));
    const Tensor qkv =
        model::project(model::rms_norm(x, w[tensor::Role::InputNorm], c.rms_norm_eps, at::kDouble).y_ND, w,
                       model::kQueryKeyValue);
    rotate(qkv, 0, prompt);
    for (int64_t t = prompt; t < T; ++t) rotate(qkv, t, 1);
    const Tensor seen =
        model::attention(qkv, model::Segments::alike(1, T), {c.num_heads, c.num_kv_heads, c.head_dim, 0}).out;
    const Tensor middle = model::project_onto(x, seen, w, model::kAttentionOutput);
    const Tensor h = model::rms_norm(middle, w[tensor::Role::PostNorm], c.rms_norm_eps, at::kDouble).y_ND;
    x = model::project(model::silu_mul(model::project(h, w, model::kGateUp)), w, model::kDown).add_(middle);
  }
  return model::Head(c).logits(m.tensors(m.spec.head_unit()), x);
}

config::ModelConfig dynamic_config() {
  config::ModelConfig c = test::tiny_config();
  c.rope.kind = config::RopeKind::Dynamic;
  c.rope.factor = 4;
  c.max_position_embeddings = 16;
  return c;
}

}  // namespace

TEST(Decoder, dynamic_rope_keeps_the_rotation_that_a_cached_key_had) {
  const WholeModel tiny(dynamic_config());
  const auto ids = random_ids(40, tiny.spec.config.vocab_size);
  for (int64_t prompt : {3, 16, 25}) {
    const Tensor whole = logits_with_tables_of_their_time(tiny, ids, prompt);
    Decoder decoder(tiny.spec, tiny.params);

    decoder.prefill(ids);  // history of a longer sequence must not matter

    EXPECT_LT(worst_difference(decoder, ids, static_cast<size_t>(prompt), whole), kFp64Tolerance) << prompt;
  }
}

TEST(Decoder, refuses_an_empty_prompt_and_ids_outside_the_vocabulary) {
  const WholeModel tiny(test::tiny_config());
  Decoder decoder(tiny.spec, tiny.params);
  decoder.prefill(std::vector<int32_t>{66});

  EXPECT_THROW(decoder.prefill({}), Error);
  EXPECT_THROW(decoder.prefill(std::vector<int32_t>{1, 67}), Error);
  EXPECT_THROW(decoder.step(-1), Error);
  EXPECT_EQ(decoder.length(), 1);
}

}  // namespace fullshard::generate
