// Packed is separate: samples that share a micro-batch give the loss and the gradients that they give one by
// one. In a program each for the host's kernels and for the bodies of other machines.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fullshard/convert/import.hpp"
#include "fullshard/data/batch.hpp"
#include "fullshard/train/batches.hpp"
#include "fullshard/train/engine.hpp"
#include "mpi/train/lattice.hpp"
#include "support/judge.hpp"
#include "support/tiny_model.hpp"

namespace fullshard::train {

using test::judge_all_ranks;
using test::world;

namespace {

/// Samples of unlike length, of which every third token is masked.
std::vector<std::vector<int32_t>> samples_of(const config::ModelConfig& model) {
  const CounterRng rng(3, 0);
  std::vector<std::vector<int32_t>> out;
  uint64_t at = 0;
  for (const size_t length :
       {5, 2, 17, 1, 150, 9}) {  // more than one block of queries, fewer than two tokens
    std::vector<int32_t>& tokens = out.emplace_back();
    while (tokens.size() < length) {
      const auto id = static_cast<int32_t>(rng.bits(at++) % static_cast<uint64_t>(model.vocab_size));
      tokens.push_back(at % 3 == 0 ? ~id : id);
    }
  }
  return out;
}

struct Sums {
  double loss = 0;
  std::vector<double> gradient;
};

/// Of these micro-batches, one after the other.
Sums sums(const config::ModelConfig& model, const std::vector<data::MicroBatch>& micro_batches) {
  const config::RunConfig run =
      run_of(shard::strategy_named("ddp"), 1, config::Precision::Fp64, config::Reduction::Fast);
  const mpi::Communicator nobody_else = world().split(world().rank(), 0);
  Engine engine(model, run, nobody_else, shard::Purpose::Train);
  convert::initialise_randomly(run.seed, engine.store);
  const mesh::Dealing dealing = engine.gradients.deal(std::ssize(micro_batches));
  Sums out;
  for (int64_t m = 0; m < dealing.micro_steps(); ++m)
    out.loss += engine.loop.micro_step(view(micro_batches[static_cast<size_t>(m)]), {dealing, m});
  for (size_t i = 0; i < engine.spec.units.size(); ++i) {
    const UnitIndex u(static_cast<int>(i));
    for (const shard::TensorExtent& e :
         engine.store.layout(u).extents(engine.store.slice(u, shard::Level::Replica))) {
      const DeviceSpan piece = engine.store.gradient(u).slice(e.in_slice, e.count);
      const auto* values = reinterpret_cast<const double*>(piece.data);
      out.gradient.insert(out.gradient.end(), values, values + e.count.value);
    }
  }
  return out;
}

double relative(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(difference / norm);
}

}  // namespace

// Sums over at most 184 tokens and 67 logits, in two orders: 2 × 250 × 1.1e-16, times some layers.
TEST(Packed, loss_and_gradients_are_the_sums_of_the_separate_ones) {
  for (const auto& [name, config] : test::tiny_configs()) {
    config::ModelConfig model = config;
    model.initializer_range = 0.3;
    data::MicroBatch together;
    std::vector<data::MicroBatch> separate;
    for (const auto& tokens : samples_of(model)) {
      together.append(tokens);
      separate.emplace_back().append(tokens);
    }

    const Sums packed = sums(model, {together}), one_by_one = sums(model, separate);

    judge_all_ranks(
        [&] {
          return std::abs(packed.loss - one_by_one.loss) <= 1e-12 * one_by_one.loss &&
                 packed.gradient.size() == one_by_one.gradient.size() &&
                 relative(packed.gradient, one_by_one.gradient) <= 1e-12;
        },
        name);
  }
}

}  // namespace fullshard::train
