// How near to memory bandwidth does each kernel run? Every case is followed by `stream`: a loop that reads
// and writes as many arrays of the same size and does nothing else. Sizes fit the second-level cache (64 Ki
// elements in all) or only memory (8 Mi per array).
//
//   build/bench/micro/kernels_bench --benchmark_enable_random_interleaving --benchmark_repetitions=5

#include <benchmark/benchmark.h>

#include <vector>

#include "micro/bench_cases.hpp"

namespace fullshard::kernels::bench {
namespace {

/// The yardstick: `Reads` arrays are read, the first `Writes` of them written.
template <size_t Reads, size_t Writes>
[[gnu::optimize("O3")]] void stream(benchmark::State& state) {
  const int64_t n = state.range(0);
  Arrays<float> arrays(Reads, n);
  float* p[Reads];
  for (size_t a = 0; a < Reads; ++a) p[a] = arrays[a];
  for (auto _ : state) {
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) {
      float sum = 0;
      for (size_t a = 0; a < Reads; ++a) sum += p[a][i];
      for (size_t a = 0; a < Writes; ++a) p[a][i] = sum * 0.1f;
    }
    benchmark::ClobberMemory();
  }
  count_bytes(state, n * static_cast<int64_t>(sizeof(float) * (Reads + Writes)));
}

template <class T>
void adamw(benchmark::State& state) {
  const int64_t n = state.range(0);
  Arrays<float> states(4, n);
  Arrays<T> working(1, n);
  const AdamW<T> p{.gradient = states[0],
                   .exp_avg = states[1],
                   .exp_avg_sq = states[2],
                   .master = states[3],
                   .working = std::is_same_v<T, float> ? nullptr : working[0],
                   .gradient_factor = 0.5,
                   .learning_rate = 1e-4,
                   .weight_decay = 0.1,
                   .correction1 = 0.5,
                   .correction2 = 0.5};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().adamw(p, {0, n});
    benchmark::ClobberMemory();
  }
  count_bytes(state, n * static_cast<int64_t>(7 * sizeof(float) + (p.working ? sizeof(T) : 0)));
}

/// Norms as blocks have them: of the fp32 residual stream.
template <class T>
void rms_norm_forward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<float> x(1, state.range(0)), w(1, kColumns);
  Arrays<T> y(1, state.range(0));
  std::vector<float> rstd(static_cast<size_t>(rows));
  const RmsNormForward<float, T> p{.n = kColumns,
                                   .x = x[0],
                                   .x_layout = RowLayout::dense(kColumns),
                                   .weight = w[0],
                                   .y = y[0],
                                   .y_layout = RowLayout::dense(kColumns),
                                   .rstd = rstd.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().rms_norm_forward_of_acc(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(sizeof(float) + sizeof(T)));
}

template <class T>
void rms_norm_backward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<float> x(2, state.range(0)), w(1, kColumns);
  Arrays<T> dy(1, state.range(0));
  std::vector<float> rstd(static_cast<size_t>(rows), 1.0f), dw(kColumns);
  const RowLayout layout = RowLayout::dense(kColumns);
  const RmsNormBackward<float, T> p{.n = kColumns,
                                    .dy = dy[0],
                                    .dy_layout = layout,
                                    .x = x[0],
                                    .x_layout = layout,
                                    .weight = w[0],
                                    .rstd = rstd.data(),
                                    .dx = x[1],
                                    .dx_layout = layout,
                                    .dx_mode = Accumulate::Add,
                                    .dweight = dw.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().rms_norm_backward_of_acc(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(3 * sizeof(float) + sizeof(T)));
}

void rope(benchmark::State& state) {
  constexpr int64_t kHalf = 32, kHeads = 8;
  const int64_t tokens = state.range(0) / kColumns;
  Arrays<float> a(1, state.range(0));
  // One angle whose rotation keeps lengths: repeated rotation must not end in subnormal numbers.
  const std::vector<float> cosine(512 * kHalf, 0.6f), sine(512 * kHalf, 0.8f);
  std::vector<int32_t> position(static_cast<size_t>(tokens));
  for (size_t t = 0; t < position.size(); ++t) position[t] = static_cast<int32_t>(t % 512);
  const Rope<float> p{.x = a[0],
                      .heads = kHeads,
                      .half = kHalf,
                      .token_stride = kColumns,
                      .head_stride = 2 * kHalf,
                      .cosine = cosine.data(),
                      .sine = sine.data(),
                      .position = position.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.f32.rope(p, {0, tokens});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * 8);
}

template <class T>
void add_sum_of_squares(benchmark::State& state) {
  const int64_t n = state.range(0);
  Arrays<T> src(1, n);
  Arrays<float> dst(1, n);
  std::vector<double> partials(static_cast<size_t>(ceil_div(n, kBlock)));
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().add_sum_of_squares(src.data[0], dst.data[0], partials);
    benchmark::ClobberMemory();
  }
  count_bytes(state, n * static_cast<int64_t>(sizeof(T) + 8));
}

void sum_of_squares(benchmark::State& state) {
  const int64_t n = state.range(0);
  Arrays<float> src(1, n);
  std::vector<double> partials(static_cast<size_t>(ceil_div(n, kBlock)));
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.f32.sum_of_squares(src.data[0], partials);
    benchmark::ClobberMemory();
  }
  count_bytes(state, n * 4);
}

void float_to_bf16(benchmark::State& state) {
  const int64_t n = state.range(0);
  Arrays<float> src(1, n);
  Arrays<BF16> dst(1, n);
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.f32.to_bf16(src.data[0], dst.data[0]);
    benchmark::ClobberMemory();
  }
  count_bytes(state, n * 6);
}

void column_sum(benchmark::State& state) {
  Arrays<float> a(1, state.range(0));
  std::vector<float> sum(kColumns);
  const ColumnSum<float> p{
      .rows = state.range(0) / kColumns, .stride = kColumns, .x = a[0], .sum = sum.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.f32.column_sum(p, {0, kColumns});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * 4);
}

BENCHMARK(stream<4, 3>)->Name("stream/4 reads, 3 writes")->Apply(sizes);
BENCHMARK(adamw<float>)->Apply(sizes_and_sets);
BENCHMARK(adamw<BF16>)->Apply(sizes_and_sets);
BENCHMARK(stream<2, 1>)->Name("stream/2 reads, 1 write")->Apply(sizes);
BENCHMARK(rms_norm_forward<float>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_forward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_backward<float>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_backward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(add_sum_of_squares<float>)->Apply(sizes_and_sets);
BENCHMARK(add_sum_of_squares<BF16>)->Apply(sizes_and_sets);
BENCHMARK(stream<1, 1>)->Name("stream/1 read, 1 write")->Apply(sizes);
BENCHMARK(rope)->Apply(sizes_and_sets);
BENCHMARK(sum_of_squares)->Apply(sizes_and_sets);
BENCHMARK(float_to_bf16)->Apply(sizes_and_sets);
BENCHMARK(column_sum)->Apply(sizes_and_sets);

}  // namespace
}  // namespace fullshard::kernels::bench
