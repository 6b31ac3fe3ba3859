// How fast is the training step, and how far from what the machine's GEMMs alone would need?
//
//   mpirun -n 2 step_bench CONFIG.json [fp32|bf16] [rows] [length] [steps]
//
// Trains a randomly initialised model on random tokens with zero3 (ddp on one rank), prints the median
// seconds of a step and of its phases, the time that the step's GEMMs take at the rates measured for the
// same shapes in the same process, and the largest resident set of any rank beside what the memory plan
// promises on top of the libraries.

#include <ATen/ops/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "fullshard/convert/import.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/rng.hpp"
#include "fullshard/model/gemm.hpp"
#include "fullshard/mpi/environment.hpp"
#include "fullshard/optim/adamw.hpp"
#include "fullshard/optim/grad_norm.hpp"
#include "fullshard/tensor/caching_allocator.hpp"
#include "fullshard/tensor/torch_bridge.hpp"
#include "fullshard/train/engine.hpp"
#include "fullshard/train/memory_plan.hpp"

namespace fullshard {

namespace {

struct Arguments {
  std::string config;
  config::Precision precision = config::Precision::Fp32;
  int64_t rows = 2, length = 512, steps = 10;
};

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

// Seconds of one GEMM [m,k]·[k,n], the best of a few.
double gemm_seconds(int64_t m, int64_t n, int64_t k, at::ScalarType type, at::ScalarType out_type) {
  const at::Tensor a = at::rand({m, k}, at::kFloat).to(type), b = at::rand({n, k}, at::kFloat).to(type);
  at::Tensor c = at::rand({m, n}, at::kFloat).to(out_type);
  double best = 1e9;
  for (int i = 0; i < 4; ++i) {
    Stopwatch watch;
    model::gemm_into(c, a, b.t(), Accumulate::Overwrite);
    best = std::min(best, watch.seconds());
  }
  return best;
}

// Forward into `out_type`, input gradient and weight gradient of one linear layer over N tokens.
double linear_seconds(int64_t N, int64_t in, int64_t out, at::ScalarType type, at::ScalarType out_type,
                      at::ScalarType acc) {
  return gemm_seconds(N, out, in, type, out_type) + gemm_seconds(N, in, out, type, type) +
         gemm_seconds(out, in, N, type, acc);
}

double light_seconds(const config::ModelConfig& c, int64_t rows, int64_t length, at::ScalarType type) {
  const at::ScalarType acc = model::acc_type(type);
  const int64_t N = rows * length, q = c.num_heads * c.head_dim, kv = c.num_kv_heads * c.head_dim;
  const int64_t chunk = std::min(N, model::head_chunk(c.vocab_size));
  const double block = linear_seconds(N, c.hidden_size, q + 2 * kv, type, type, acc) +
                       linear_seconds(N, q, c.hidden_size, type, acc, acc) +
                       linear_seconds(N, c.hidden_size, 2 * c.intermediate_size, type, type, acc) +
                       linear_seconds(N, c.intermediate_size, c.hidden_size, type, acc, acc);
  // Attention: two products forward, five backward (scores again), causal half of each.
  const double attention =
      7 * 0.5 * static_cast<double>(rows * c.num_heads) * gemm_seconds(length, length, c.head_dim, type, acc);
  const double head = linear_seconds(chunk, c.hidden_size, c.vocab_size, type, acc, acc) *
                      static_cast<double>(N) / static_cast<double>(chunk);
  return static_cast<double>(c.num_layers) * (block + attention) + head;
}

struct Times {
  std::vector<double> micro_step, norm, update, step;
};

Times run_steps(train::Engine& engine, const Arguments& a, const mpi::Communicator& world) {
  std::vector<int32_t> ids(static_cast<size_t>(a.rows * a.length));
  const CounterRng rng(1, static_cast<uint64_t>(world.rank()));
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = static_cast<int32_t>(rng.bits(i) % static_cast<uint64_t>(engine.spec.config.vocab_size));
  std::vector<int32_t> starts;
  for (int64_t r = 0; r <= a.rows; ++r) starts.push_back(static_cast<int32_t>(r * a.length));
  const model::MicroBatch batch{ids, ids, starts};
  Times t;
  for (int64_t s = 0; s < a.steps + 2; ++s) {
    world.barrier();
    Stopwatch whole, part;
    engine.loop.micro_step(batch, {engine.gradients.deal(world.size()), 0});
    const double micro = part.restart();
    const double norm = optim::grad_norm(engine.store, world);
    const double norm_seconds = part.restart();
    optim::adamw_update(engine.store, {.weight_decay = 0.1},
                        {.number = s + 1, .learning_rate = 1e-4, .gradient_factor = 1 / norm});
    world.barrier();
    if (s < 2) continue;  // warm-up
    t.update.push_back(part.seconds());
    t.micro_step.push_back(micro);
    t.norm.push_back(norm_seconds);
    t.step.push_back(whole.seconds());
  }
  return t;
}

// What a step moves, without computing: every unit gathered (twice where backward gathers it again) and
// reduced once.
double transfer_seconds(train::Engine& e, const mpi::Communicator& world) {
  const auto gather = [&](UnitIndex u) { const shard::GatheredUnit whole = e.ring.acquire(u); };
  std::vector<double> seconds;
  e.gradients.begin_micro_step({e.gradients.deal(world.size()), 0});
  for (int i = 0; i < 3; ++i) {
    e.store.weights_changed();
    world.barrier();
    Stopwatch watch;
    for (size_t u = 0; u < e.spec.units.size(); ++u) gather(UnitIndex(static_cast<int>(u)));
    for (size_t u = e.spec.units.size(); u-- > 0;) {
      gather(UnitIndex(static_cast<int>(u)));
      e.gradients.acquire(UnitIndex(static_cast<int>(u))).reduce();
    }
    e.gradients.wait();
    seconds.push_back(watch.seconds());
  }
  return median(seconds);
}

double mib(Bytes size) {
  return static_cast<double>(size.value) / 1048576.0;
}

void bench(const Arguments& a, const mpi::Communicator& world) {
  config::RunConfig run;
  run.precision = a.precision;
  const Bytes libraries = train::peak_resident();
  train::Engine engine(config::load_model_config(a.config), run, world, shard::Purpose::Train);
  convert::initialise_randomly(1, engine.store);
  const Times t = run_steps(engine, a, world);
  const double peak = world.max(mib(train::peak_resident()));
  double planned = mib(libraries);
  for (const report::NamedBytes& part : train::memory_plan(engine, run, {a.rows, a.length, world.size()}))
    planned += mib(part.size);
  const double light = world.max(
      light_seconds(engine.spec.config, a.rows, a.length, tensor::scalar_type(engine.store.compute_dtype())));
  const double transfers = transfer_seconds(engine, world);
  if (world.rank() != 0) return;
  const double step = median(t.step);
  std::printf(
      "{\"step_s\": %.4f, \"best_s\": %.4f, \"micro_step_s\": %.4f, \"norm_s\": %.4f, \"update_s\": %.4f, "
      "\"tokens_per_second\": %.0f, "
      "\"gemm_alone_s\": %.4f, \"of_light\": %.3f, \"transfers_s\": %.4f, \"peak_rss_mib\": %.0f, "
      "\"planned_mib\": %.0f, \"libraries_mib\": %.0f}\n",
      step, *std::min_element(t.step.begin(), t.step.end()), median(t.micro_step), median(t.norm),
      median(t.update), static_cast<double>(a.rows * a.length * world.size()) / step, light, light / step,
      transfers, peak, planned, mib(libraries));
}

}  // namespace

}  // namespace fullshard

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: step_bench CONFIG.json [fp32|bf16] [rows] [length] [steps]\n");
    return 2;
  }
  fullshard::Arguments a{.config = argv[1]};
  if (argc > 2 && std::string(argv[2]) == "bf16") a.precision = fullshard::config::Precision::Bf16;
  if (argc > 3) a.rows = std::atoll(argv[3]);
  if (argc > 4) a.length = std::atoll(argv[4]);
  if (argc > 5) a.steps = std::atoll(argv[5]);
  fullshard::tensor::use_caching_allocator();
  const fullshard::mpi::Environment environment(argc, argv);
  fullshard::bench(a, fullshard::mpi::Communicator::world());
}
