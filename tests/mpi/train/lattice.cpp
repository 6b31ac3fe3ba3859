#include "mpi/train/lattice.hpp"

#include "fullshard/convert/import.hpp"
#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/data/batch_reader.hpp"
#include "fullshard/device/staging.hpp"
#include "fullshard/mpi/exact_sum.hpp"
#include "fullshard/optim/adamw.hpp"
#include "fullshard/optim/grad_norm.hpp"
#include "fullshard/train/batches.hpp"
#include "fullshard/train/engine.hpp"
#include "support/judge.hpp"
#include "support/memory_samples.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::train {

using test::world;

namespace {

test::MemorySamples rows_of_unlike_length() {
  test::MemorySamples d;
  const CounterRng rng(11, 0);
  uint64_t at = 0;
  for (int row = 0; row < 32; ++row) {  // four micro-steps of eight ranks
    std::vector<int32_t> ids(3 + rng.bits(at++) % 9);
    for (int32_t& id : ids) id = static_cast<int32_t>(rng.bits(at++) % 60);
    d.append(ids, ids);
  }
  return d;
}

constexpr int64_t kSteps = 2;

Digest digest_of_masters(const shard::ParamStore& store, const mpi::Communicator& group) {
  Digest sum;
  device::Staging staging;
  const bool first_owner =
      store.strategy().optimizer == mesh::Level::World ||
      (store.here().node.value == 0 &&
       (store.strategy().optimizer == mesh::Level::Node || store.here().local.value == 0));
  for (size_t i = 0; i < store.spec().units.size() && first_owner; ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const shard::TensorExtent& e : store.layout(u).extents(store.slice(u, store.strategy().optimizer)))
      staging.read(store.master(u).slice(e.in_slice, e.count),
                   [&](Elems first, ConstDeviceSpan piece) { sum += digest_of(piece, e.in_tensor + first); });
  }
  group.sum(std::span<Digest>(&sum, 1));
  return sum;
}

void keep_masters(const shard::ParamStore& store, Result& r) {
  int64_t before = 0;
  for (size_t i = 0; i < store.spec().units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    const mesh::Slice slice = store.slice(u, store.strategy().optimizer);
    std::vector<double> values(static_cast<size_t>(slice.count.value));
    device::Staging().read(store.master(u), [&](Elems first, ConstDeviceSpan piece) {
      convert_dtype(device_span(std::span(values)).slice(first, piece.count), piece);
    });
    for (const shard::TensorExtent& e : store.layout(u).extents(slice))
      for (int64_t k = 0; k < e.count.value; ++k) {
        r.masters.push_back(values[static_cast<size_t>(e.in_slice.value + k)]);
        r.elements.push_back(before + store.layout(u).offset(e.param).value + e.in_tensor.value + k);
      }
    before += int64_t{1} << 32;  // the padded size depends on the ranks
  }
}

// A sum of at most 4,000 terms of like size, in two orders; an update divides by it.
constexpr double kRounding = 1e-12;

bool close(double a, double b) {
  return std::abs(a - b) <= kRounding * std::max(1.0, std::abs(b));
}

}  // namespace

config::ModelConfig model_of(bool tied) {
  config::ModelConfig c = test::tiny_config();
  c.initializer_range = 0.3;
  c.tied = tied;
  c.qk_norm = c.qkv_bias = !tied;  // Qwen3's head norms and Qwen2's biases, besides
  return c;
}

Result trained(const config::ModelConfig& model, const config::RunConfig& run, const mpi::Communicator& group,
               int64_t rows) {
  const test::MemorySamples dataset = rows_of_unlike_length();
  Engine engine(model, run, group, shard::Purpose::Train);
  convert::initialise_randomly(run.seed, engine.store);
  Result r;
  for (int64_t step = 0; step < kSteps; ++step) {
    const Bytes before = engine.axes.journal().totals().sent_between_nodes;
    const mesh::Dealing dealing = engine.gradients.deal(rows);
    std::vector<double> losses;
    for (int64_t m = 0; m < dealing.micro_steps(); ++m) {
      const int64_t index = dealing.micro_batch(engine.here(), m);
      std::vector<data::SampleId> samples;
      if (index < rows) samples.push_back({0, index});
      losses.push_back(
          engine.loop.micro_step(view(data::BatchReader({&dataset}).read(samples)), {dealing, m}));
    }
    r.sent = (engine.axes.journal().totals().sent_between_nodes - before).value;
    r.losses.push_back(mpi::exact_sum(group, losses));
    r.norms.push_back(optim::grad_norm(engine.store, group));
    optim::adamw_update(engine.store, {.eps = 0.1, .weight_decay = 0.1},
                        {.number = step + 1, .learning_rate = 0.01, .gradient_factor = 1 / r.norms.back()});
  }
  r.digest = digest_of_masters(engine.store, group);
  keep_masters(engine.store, r);
  return r;
}

config::RunConfig run_of(const shard::Strategy& s, int nodes, config::Precision precision,
                         config::Reduction reduction) {
  const auto level = [](mesh::Level l) { return static_cast<config::ShardLevel>(static_cast<int>(l)); };
  config::RunConfig run;
  run.precision = precision;
  run.sharding.levels = {level(s.params), level(s.gradients), level(s.optimizer)};
  run.sharding.mesh_nodes = nodes;
  run.sharding.reduction = reduction;
  return run;
}

Result alone(const config::ModelConfig& model, config::Precision precision, config::Reduction reduction,
             int64_t rows) {
  const mpi::Communicator nobody_else = world().split(world().rank(), 0);
  return trained(model, run_of(shard::strategy_named("ddp"), 1, precision, reduction), nobody_else, rows);
}

std::vector<int> meshes_here() {
  std::vector<int> all;
  for (int nodes = 1; nodes <= world().size(); ++nodes)
    if (world().size() % nodes == 0) all.push_back(nodes);
  return all;
}

bool agrees(const Result& r, const Result& reference) {
  bool fine = true;
  for (size_t i = 0; i < r.losses.size(); ++i)
    fine = fine && close(r.losses[i], reference.losses[i]) && close(r.norms[i], reference.norms[i]);
  size_t at = 0;
  for (size_t i = 0; i < r.masters.size(); ++i) {  // both are in order
    while (reference.elements[at] != r.elements[i]) ++at;
    fine = fine && close(r.masters[i], reference.masters[at]);
  }
  return fine;
}

std::string text(const shard::Strategy& s, int nodes, int64_t rows) {
  return s.name + " on " + std::to_string(nodes) + " nodes, " + std::to_string(rows) + " rows";
}

bool equals(const Result& r, const Result& reference) {
  return r.losses == reference.losses && r.norms == reference.norms && r.digest == reference.digest;
}

}  // namespace fullshard::train
