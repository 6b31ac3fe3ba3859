#include "fullshard/train/traffic.hpp"

#include <gtest/gtest.h>

#include "fullshard/shard/flat_layout.hpp"
#include "fullshard/shard/whole_vectors.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::train {

namespace {

mesh::Mesh mesh_of(int nodes, int local_size) {
  std::vector<std::string> hosts;
  for (int n = 0; n < nodes; ++n)
    hosts.insert(hosts.end(), static_cast<size_t>(local_size), std::to_string(n));
  return mesh::Mesh::from_hosts(hosts);
}

struct Question {
  mesh::Mesh mesh;
  int64_t micro_steps;
  config::RunConfig run{};
};

/// Bytes in units of M(1 − 1/n), where M is the model in fp32 as it is laid out: what DESIGN gives as a form.
/// Vectors travel besides, once a step, from each rank to a partner.
double in_models(const std::string& strategy, Question q, int inter_zero_stage = 1) {
  config::ModelConfig c = test::tiny_config();
  c.tied = true;
  const model::ModelSpec spec(c);
  q.run.precision = config::Precision::Fp32;
  const Bytes sent = sent_between_nodes({.spec = spec,
                                         .mesh = q.mesh,
                                         .run = q.run,
                                         .strategy = shard::strategy_named(strategy, inter_zero_stage),
                                         .micro_batches = q.micro_steps * q.mesh.world_size()});
  Elems padded;
  for (const model::UnitSpec& u : spec.units)
    padded += shard::FlatLayout(u.params, q.mesh.world_size()).padded();
  const Bytes vectors = shard::WholeVectors(spec, DType::F32).size() * q.mesh.local_size();
  const double n = q.mesh.nodes();
  return static_cast<double>((sent - vectors).value) /
         (static_cast<double>(bytes(padded, DType::F32).value) * (n - 1) / n);
}

}  // namespace

TEST(Traffic, follows_the_closed_forms_of_the_strategies_without_gathers_in_the_micro_step) {
  for (const mesh::Mesh& mesh : {mesh_of(2, 2), mesh_of(3, 1), mesh_of(4, 2)})
    for (const int64_t k : {1, 4, 16}) {
      const double times = static_cast<double>(k);
      EXPECT_DOUBLE_EQ(in_models("ddp", {mesh, k}), 2);
      EXPECT_DOUBLE_EQ(in_models("zero1", {mesh, k}), 1 + 1);
      EXPECT_DOUBLE_EQ(in_models("zero2", {mesh, k}), times + 1);
      EXPECT_DOUBLE_EQ(in_models("hybrid", {mesh, k}), 2);
      EXPECT_DOUBLE_EQ(in_models("hierarchical", {mesh, k}), 1 + 1) << "whatever k";
      EXPECT_DOUBLE_EQ(in_models("hierarchical", {mesh, k}, 2), times + 1);
    }
}

TEST(Traffic, zero3_gathers_twice_what_the_ring_does_not_hold) {
  const double one = in_models("zero3", {mesh_of(2, 2), 1}), four = in_models("zero3", {mesh_of(2, 2), 4});

  // Of three layers two are still there at the turn, and the tied matrix always.
  EXPECT_GT(one, 2);
  EXPECT_LT(one, 3);
  EXPECT_GT(four, 3 * one) << "micro-steps gather again";
}

TEST(Traffic, units_that_are_kept_are_gathered_once_a_step) {
  Question q{mesh_of(2, 2), 4};
  q.run.sharding.reshard_after_forward = false;

  EXPECT_DOUBLE_EQ(in_models("zero3", q), 4 + 1);
}

TEST(Traffic, bf16_gradients_are_half) {
  Question q{mesh_of(2, 2), 1};
  q.run.sharding.gradient_transfer = DType::BF16;

  EXPECT_DOUBLE_EQ(in_models("hierarchical", q), 0.5 + 1);
}

TEST(Traffic, one_node_sends_nothing) {
  const model::ModelSpec spec(test::tiny_config());
  const mesh::Mesh mesh = mesh_of(1, 4);

  const Bytes sent = sent_between_nodes({.spec = spec,
                                         .mesh = mesh,
                                         .run = {},
                                         .strategy = shard::strategy_named("zero3"),
                                         .micro_batches = 4});

  EXPECT_EQ(sent.value, 0);
}

}  // namespace fullshard::train
