// How near to memory bandwidth does each kernel run? Every case is followed by `stream`: a loop that reads
// and writes as many arrays of the same size and does nothing else. Sizes fit the second-level cache (64 Ki
// elements in all) or only memory (8 Mi per array).
//
//   build/bench/micro/kernels_bench --benchmark_enable_random_interleaving --benchmark_repetitions=5

#include <benchmark/benchmark.h>

#include <vector>

#include "fullshard/kernels/kernel_table.hpp"

namespace fullshard::kernels {
namespace {

constexpr int64_t kColumns = 512;
constexpr int64_t kInCache = 16 << 10, kInMemory = 8 << 20;

template <class T>
struct Arrays {
  Arrays(size_t count, int64_t n) : data(count, std::vector<T>(static_cast<size_t>(n), T{})) {
    for (std::vector<T>& v : data)
      for (size_t i = 0; i < v.size(); ++i) v[i] = value(i);
  }
  static T value(size_t i) {
    const float x = 0.5f + 0.001f * static_cast<float>(i % 1000);
    if constexpr (std::is_same_v<T, BF16>) {
      return to_bf16(x);
    } else {
      return static_cast<T>(x);
    }
  }
  T* operator[](size_t i) { return data[i].data(); }
  std::vector<std::vector<T>> data;
};

void count_bytes(benchmark::State& state, int64_t bytes_per_pass) {
  state.SetBytesProcessed(state.iterations() * bytes_per_pass);
}

const KernelTable& table_of(const benchmark::State& state) {
  return kernel_table(static_cast<InstructionSet>(state.range(1)));
}

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

template <class T>
void rms_norm_forward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<T> a(2, state.range(0)), w(1, kColumns);
  std::vector<float> rstd(static_cast<size_t>(rows));
  const RmsNormForward<T, T> p{.n = kColumns,
                               .x = a[0],
                               .x_layout = RowLayout::dense(kColumns),
                               .weight = w[0],
                               .y = a[1],
                               .y_layout = RowLayout::dense(kColumns),
                               .rstd = rstd.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().rms_norm_forward(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(2 * sizeof(T)));
}

template <class T>
void rms_norm_backward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<T> a(3, state.range(0)), w(1, kColumns);
  std::vector<float> rstd(static_cast<size_t>(rows), 1.0f), dw(kColumns);
  const RowLayout layout = RowLayout::dense(kColumns);
  const RmsNormBackward<T, T> p{.n = kColumns,
                                .dy = a[0],
                                .dy_layout = layout,
                                .x = a[1],
                                .x_layout = layout,
                                .weight = w[0],
                                .rstd = rstd.data(),
                                .dx = a[2],
                                .dx_layout = layout,
                                .dweight = dw.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().rms_norm_backward(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(3 * sizeof(T)));
}

template <class T>
void silu_mul_forward(benchmark::State& state) {
  Arrays<T> a(3, state.range(0));
  const SiluMulForward<T> p{.columns = state.range(0), .g = a[0], .u = a[1], .a = a[2]};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().silu_mul_forward(p, {0, 1});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(3 * sizeof(T)));
}

template <class T>
void silu_mul_backward(benchmark::State& state) {
  Arrays<T> a(5, state.range(0));
  const SiluMulBackward<T> p{
      .columns = state.range(0), .da = a[0], .g = a[1], .u = a[2], .dg = a[3], .du = a[4]};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().silu_mul_backward(p, {0, 1});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * static_cast<int64_t>(5 * sizeof(T)));
}

/// A chunk of logits as the head makes them; one read and one write per logit is the least.
void cross_entropy(benchmark::State& state) {
  constexpr int64_t kVocabulary = 32000;
  const int64_t rows = state.range(0) / kVocabulary + 1;
  Arrays<float> a(1, rows * kVocabulary);
  const std::vector<int32_t> target(static_cast<size_t>(rows), 5);
  const CrossEntropy<float, float> p{.vocabulary = kVocabulary,
                                     .stride = kVocabulary,
                                     .logits = a[0],
                                     .gradient = a[0],
                                     .target = target.data()};
  const KernelTable& table = table_of(state);
  for (auto _ : state) benchmark::DoNotOptimize(table.f32.cross_entropy(p, {0, rows}));
  count_bytes(state, rows * kVocabulary * 8);
}

void softmax(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<float> a(1, state.range(0));
  const std::vector<int32_t> high(static_cast<size_t>(rows), kColumns);
  const Softmax<float, float> p{.columns = kColumns,
                                .stride = kColumns,
                                .scores = a[0],
                                .p = a[0],
                                .high = high.data(),
                                .scale = 0.125};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.f32.softmax(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_bytes(state, state.range(0) * 8);
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

/// Every instruction set in both sizes; the second argument is the set.
void sizes_and_sets(benchmark::internal::Benchmark* b) {
  b->ArgNames({"n", "set"});
  for (const int64_t n : {kInCache, kInMemory})
    for (const InstructionSet set : available_instruction_sets()) b->Args({n, static_cast<int64_t>(set)});
}

void sizes(benchmark::internal::Benchmark* b) {
  for (const int64_t n : {kInCache, kInMemory}) b->Arg(n);
}

BENCHMARK(stream<4, 3>)->Name("stream/4 reads, 3 writes")->Apply(sizes);
BENCHMARK(adamw<float>)->Apply(sizes_and_sets);
BENCHMARK(adamw<BF16>)->Apply(sizes_and_sets);
BENCHMARK(stream<2, 1>)->Name("stream/2 reads, 1 write")->Apply(sizes);
BENCHMARK(rms_norm_forward<float>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_forward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_backward<float>)->Apply(sizes_and_sets);
BENCHMARK(rms_norm_backward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_forward<float>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_forward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_backward<float>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_backward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(add_sum_of_squares<float>)->Apply(sizes_and_sets);
BENCHMARK(add_sum_of_squares<BF16>)->Apply(sizes_and_sets);
BENCHMARK(stream<1, 1>)->Name("stream/1 read, 1 write")->Apply(sizes);
BENCHMARK(cross_entropy)->Apply(sizes_and_sets);
BENCHMARK(softmax)->Apply(sizes_and_sets);
BENCHMARK(rope)->Apply(sizes_and_sets);
BENCHMARK(sum_of_squares)->Apply(sizes_and_sets);
BENCHMARK(float_to_bf16)->Apply(sizes_and_sets);
BENCHMARK(column_sum)->Apply(sizes_and_sets);

}  // namespace
}  // namespace fullshard::kernels
