#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "fullshard/model/sequences.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::model {

namespace {

using config::ModelConfig;
using config::RopeKind;

constexpr int64_t kHalf = 8;
using Frequencies = std::array<double, kHalf>;

ModelConfig config_of(RopeKind kind, double factor) {
  ModelConfig c = test::tiny_config();
  c.head_dim = 2 * kHalf;
  c.max_position_embeddings = 64;
  c.rope.kind = kind;
  c.rope.theta = 10000;
  c.rope.factor = factor;
  c.rope.original_max_positions = 64;
  return c;
}

/// Position 1 of the table of `length` tokens is cos and sin of the frequencies, times the attention factor.
void expect_frequencies(const ModelConfig& c, int64_t length, const Frequencies& expected,
                        double attention_factor) {
  const RopeTable table = make_rope_table(c, length, at::kDouble);
  for (int64_t i = 0; i < kHalf; ++i) {
    const double cosine = table.cosine[1][i].item<double>(), sine = table.sine[1][i].item<double>();
    const double frequency = expected[static_cast<size_t>(i)];
    // The reference computes in fp32: some ten operations.
    EXPECT_NEAR(std::atan2(sine, cosine), frequency, 10 * 0x1p-24 * frequency) << i;
    EXPECT_NEAR(std::hypot(sine, cosine), attention_factor, 1e-14) << i;
  }
}

}  // namespace

// Expected: what modeling_rope_utils.py of transformers 5 gives for these settings.
TEST(RopeTable, linear_scaling_divides_every_frequency) {
  expect_frequencies(config_of(RopeKind::Linear, 4), 64,
                     {0.25, 0.079056941, 0.0250000004, 0.00790569466, 0.00249999994, 0.000790569466,
                      0.000250000012, 7.90569466e-05},
                     1);
}

TEST(RopeTable, dynamic_scaling_grows_with_the_length) {
  expect_frequencies(config_of(RopeKind::Dynamic, 4), 200,
                     {1, 0.229258373, 0.0525593981, 0.0120496824, 0.00276249065, 0.000633324089,
                      0.000145194848, 3.3287135e-05},
                     1);
}

TEST(RopeTable, llama3_scaling_keeps_high_frequencies_and_blends_those_between) {
  ModelConfig c = config_of(RopeKind::Llama3, 8);
  c.rope.low_freq_factor = 1;
  c.rope.high_freq_factor = 4;

  expect_frequencies(c, 64,
                     {1, 0.244384587, 0.0130422562, 0.00395284733, 0.00124999997, 0.000395284733,
                      0.000125000006, 3.95284733e-05},
                     1);
}

TEST(RopeTable, yarn_blends_over_a_ramp_and_scales_the_attention) {
  ModelConfig c = config_of(RopeKind::Yarn, 4);
  c.rope.original_max_positions = 1024;

  expect_frequencies(c, 64,
                     {1, 0.316227764, 0.0812500045, 0.0197642371, 0.00437500002, 0.000790569466,
                      0.000250000012, 7.90569466e-05},
                     1.1386294361119891);

  c.rope.truncate = false;
  c.rope.mscale = 0.7;
  c.rope.mscale_all_dim = 0.9;
  expect_frequencies(c, 64,
                     {1, 0.316227764, 0.0853986368, 0.0191267766, 0.00355697144, 0.000790569466,
                      0.000250000012, 7.90569466e-05},
                     0.97534965043210664);
}

}  // namespace fullshard::model
