// Planning an epoch of 10 million samples: the time of one call, and the fullness of its rows.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "fullshard/core/rng.hpp"
#include "fullshard/data/epoch_plan.hpp"
#include "fullshard/data/packing.hpp"

namespace fullshard::data::bench {
namespace {

/// Lengths of a broad data set: from 16 tokens on, the median at 170, one in six beyond 600.
std::vector<int32_t> lengths_of(int64_t count, int64_t capacity) {
  const CounterRng rng(1, 0);
  std::vector<int32_t> lengths;
  for (int64_t i = 0; i < count; ++i) {
    const double drawn = 170 * std::exp(1.25 * rng.normal(static_cast<uint64_t>(i)));
    lengths.push_back(static_cast<int32_t>(std::clamp(drawn, 16.0, static_cast<double>(capacity))));
  }
  return lengths;
}

void packing(benchmark::State& state) {
  const int64_t capacity = state.range(1);
  const auto lengths = lengths_of(state.range(0), capacity);
  int64_t rows = 0;
  for (auto _ : state) {
    rows = pack(lengths, capacity).count();
    benchmark::DoNotOptimize(rows);
  }
  const auto tokens = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  state.counters["fill"] = static_cast<double>(tokens) / static_cast<double>(rows * capacity);
  state.counters["rows"] = static_cast<double>(rows);
}
BENCHMARK(packing)
    ->ArgNames({"samples", "capacity"})
    ->ArgsProduct({{1'000'000, 10'000'000}, {2048, 32768}})
    ->Unit(benchmark::kMillisecond);

/// With the names and the lengths of the samples looked up, as a run does it at the start of an epoch.
void plan_of_an_epoch(benchmark::State& state) {
  const auto lengths = lengths_of(state.range(0), 2048);
  const Mixture mixture({{state.range(0), state.range(0)}}, 7, Order::Shuffled);
  int64_t steps = 0;
  for (auto _ : state) {
    const EpochPlan plan(mixture, 0, [&](SampleId s) { return lengths[static_cast<size_t>(s.index)]; },
                         {.global_batch = 512, .row_length = 2048});
    steps = plan.num_steps();
  }
  state.counters["steps"] = static_cast<double>(steps);
}
BENCHMARK(plan_of_an_epoch)->ArgName("samples")->Arg(10'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace fullshard::data::bench
