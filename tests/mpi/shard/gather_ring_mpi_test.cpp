#include "fullshard/shard/gather_ring.hpp"

#include <gtest/gtest.h>

#include "fullshard/core/convert_dtype.hpp"
#include "support/judge.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::shard {

using test::judge_all_ranks;
using test::world;

namespace {

/// 1 + 2⁻¹⁰ · k: in fp32 exactly, in bf16 not one of them unless k is a multiple of 8.
float value_of(UnitIndex u, size_t param, int64_t i, int64_t version) {
  return 1 + static_cast<float>((u.value * 131 + static_cast<int64_t>(param) * 17 + i * 3 + version) % 1000) /
                 1024;
}

void fill(ParamStore& store, int64_t version) {
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const TensorExtent& e : store.layout(u).extents(store.slice(u, store.authoritative_level(u)))) {
      const DeviceSpan memory = store.authoritative(u, e);
      for (int64_t k = 0; k < e.count.value; ++k) {
        float value = value_of(u, e.param, e.in_tensor.value + k, version);
        convert_dtype(memory.slice({k}, {1}), device_span(std::span<const float>(&value, 1)));
      }
    }
    if (store.purpose() == Purpose::Train) store.refresh_working(u);
  }
  store.weights_changed();
}

/// Whether every tensor of every unit, gathered, has its values: matrices rounded to bf16, vectors not.
/// Gathers all in any case, since other ranks may see nothing wrong.
bool gathers_all(GatherRing& ring, const ParamStore& store, int64_t version) {
  bool all = true;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    const GatheredUnit whole = ring.acquire(u);
    const auto& params = store.spec().unit(u).params;
    for (size_t p = 0; p < params.size(); ++p) {
      const at::Tensor& t = whole.tensors()[params[p].role];
      const bool vector = params[p].is_vector();
      at::Tensor expected = at::empty(t.sizes(), at::kFloat);
      for (int64_t k = 0; k < t.numel(); ++k)
        expected.mutable_data_ptr<float>()[k] = value_of(u, p, k, version);
      all = all && expected.to(vector ? at::kFloat : at::kBFloat16).equal(t);
    }
  }
  return all;
}

mesh::Mesh mesh_of(int nodes) {
  return mesh::Mesh::from_hosts(std::vector<std::string>(static_cast<size_t>(world().size()), "here"), nodes);
}

std::vector<int> divisors_of_the_ranks() {
  std::vector<int> all;
  for (int n = 1; n <= world().size(); ++n)
    if (world().size() % n == 0) all.push_back(n);
  return all;
}

config::ModelConfig with_biases() {
  config::ModelConfig c = test::tiny_config();
  c.qkv_bias = c.o_bias = c.qk_norm = true;
  return c;
}

}  // namespace

TEST(GatherRing, units_are_whole_and_vectors_unrounded_after_every_change) {
  const model::ModelSpec spec(with_biases());
  for (const int nodes : divisors_of_the_ranks())
    for (const Strategy& strategy : all_strategies()) {
      const mesh::Mesh mesh = mesh_of(nodes);
      comm::MeshCollectives axes(world(), mesh);
      ParamStore store(spec, mesh, WorldRank(world().rank()), axes, {strategy, DType::BF16});
      GatherRing ring(store, axes, {});
      for (const int64_t version : {1, 2, 3}) {
        fill(store, version);
        ring.prefetch(spec.block_unit(1));
        judge_all_ranks([&] { return gathers_all(ring, store, version); }, mesh.text() + " " + strategy.name);
      }
    }
}

TEST(GatherRing, a_store_that_only_evaluates_is_whole_too) {
  const model::ModelSpec spec(with_biases());
  for (const int nodes : divisors_of_the_ranks())
    for (const Strategy& strategy : all_strategies()) {
      const mesh::Mesh mesh = mesh_of(nodes);
      comm::MeshCollectives axes(world(), mesh);
      ParamStore store(spec, mesh, WorldRank(world().rank()), axes,
                       {strategy, DType::BF16, Purpose::Evaluate});
      GatherRing ring(store, axes, {});
      fill(store, 1);
      for (int again = 0; again < 2; ++again)
        judge_all_ranks([&] { return gathers_all(ring, store, 1); }, mesh.text() + " " + strategy.name);
    }
}

TEST(GatherRing, a_unit_in_use_keeps_its_slot) {
  if (world().size() == 1) GTEST_SKIP() << "one rank gathers nothing";
  const model::ModelSpec spec(with_biases());
  comm::MeshCollectives axes(world(), mesh_of(world().size()));  // nodes of one rank: nothing is shared
  ParamStore store(spec, mesh_of(world().size()), WorldRank(world().rank()), axes,
                   {strategy_named("zero3"), DType::BF16});
  GatherRing ring(store, axes, {});
  fill(store, 1);
  const GatheredUnit first = ring.acquire(spec.block_unit(0)), second = ring.acquire(spec.block_unit(1));
  const auto query_of = [](const GatheredUnit& u) { return u.tensors()[tensor::Role::Query]; };
  const at::Tensor before = at::cat({query_of(first), query_of(second)});

  ring.prefetch(spec.block_unit(2));

  judge_all_ranks([&] { return before.equal(at::cat({query_of(first), query_of(second)})); });
  EXPECT_THROW(ring.acquire(spec.block_unit(2)), InternalError);
  EXPECT_THROW(ring.acquire(spec.block_unit(1)), InternalError) << "acquired twice";
}

}  // namespace fullshard::shard
