// The kernels that take exponentials: arithmetic decides their time, so each case says nanoseconds per
// element
// (`each`), of softmax per element that a row sees.

#include <benchmark/benchmark.h>

#include <vector>

#include "micro/bench_cases.hpp"

namespace fullshard::kernels::bench {
namespace {

void count_elements(benchmark::State& state, int64_t elements_per_pass) {
  state.counters["each"] =
      benchmark::Counter(static_cast<double>(elements_per_pass),
                         benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// Gates and factors are halves of rows, as one product gives them.
constexpr int64_t kFfn = 2048;

template <class T>
void silu_mul_forward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kFfn;
  Arrays<T> gu(1, 2 * state.range(0)), a(1, state.range(0));
  const SiluMulForward<T> p{
      .columns = kFfn, .g = gu[0], .u = gu[0] + kFfn, .in_stride = 2 * kFfn, .a = a[0], .out_stride = kFfn};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().silu_mul_forward(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_elements(state, state.range(0));
}

template <class T>
void silu_mul_backward(benchmark::State& state) {
  const int64_t rows = state.range(0) / kFfn;
  Arrays<T> gu(2, 2 * state.range(0)), a(2, state.range(0));
  const SiluMulBackward<T> p{.columns = kFfn,
                             .da = a[0],
                             .g = gu[0],
                             .u = gu[0] + kFfn,
                             .in_stride = 2 * kFfn,
                             .out_stride = kFfn,
                             .dg = gu[1],
                             .du = gu[1] + kFfn,
                             .a = a[1]};
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().silu_mul_backward(p, {0, rows});
    benchmark::ClobberMemory();
  }
  count_elements(state, state.range(0));
}

/// A chunk of logits as the head makes them.
template <class T>
void cross_entropy(benchmark::State& state) {
  constexpr int64_t kVocabulary = 32000;
  const int64_t rows = state.range(0) / kVocabulary + 1;
  Arrays<float> logits(1, rows * kVocabulary);
  Arrays<T> gradient(1, rows * kVocabulary);
  const std::vector<int32_t> target(static_cast<size_t>(rows), 5);
  const KernelTable& table = table_of(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(table.of<T>().cross_entropy_of_acc({.vocabulary = kVocabulary,
                                                                 .stride = kVocabulary,
                                                                 .logits = logits[0],
                                                                 .gradient = gradient[0],
                                                                 .target = target.data()},
                                                                {0, rows}));
  count_elements(state, rows * kVocabulary);
}

/// Rows that are seen whole.
template <class T>
void softmax(benchmark::State& state) {
  const int64_t rows = state.range(0) / kColumns;
  Arrays<float> scores(1, state.range(0));
  Arrays<T> p(1, state.range(0));
  const std::vector<int32_t> high(static_cast<size_t>(rows), kColumns);
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    table.of<T>().softmax_of_acc({.columns = kColumns,
                                  .stride = kColumns,
                                  .scores = scores[0],
                                  .p = p[0],
                                  .high = high.data(),
                                  .scale = 0.125},
                                 {0, rows});
    benchmark::ClobberMemory();
  }
  count_elements(state, state.range(0));
}

/// Causal attention of kColumns tokens: blocks of 128 queries whose rows see 1, 2, 3, … keys. As many heads
/// as `n` scores make, each in memory of its own, one at least.
template <class T>
struct Causal {
  static constexpr int64_t kQueries = 128;
  explicit Causal(int64_t n)
      : heads(n / (kColumns * kColumns) + 1),
        scores(1, heads * kColumns * kColumns),
        p(2, heads * kColumns * kColumns),
        delta(kQueries, 0.5f) {
    for (int64_t row = 0; row < kColumns; ++row) high.push_back(static_cast<int32_t>(row + 1));
  }
  int64_t seen() const { return heads * kColumns * (kColumns + 1) / 2; }
  /// f(keys of the block, its first element, its rows' limits)
  template <class F>
  void for_blocks(const F& f) const {
    for (int64_t first = 0; first < heads * kColumns; first += kQueries)
      f(first % kColumns + kQueries, first * kColumns, high.data() + first % kColumns);
  }
  int64_t heads;
  Arrays<float> scores;
  Arrays<T> p;
  std::vector<int32_t> high;
  std::vector<float> delta;
};

template <class T>
void softmax_causal(benchmark::State& state) {
  Causal<T> c(state.range(0));
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    c.for_blocks([&](int64_t keys, int64_t at, const int32_t* high) {
      table.of<T>().softmax_of_acc({.columns = keys,
                                    .stride = keys,
                                    .scores = c.scores[0] + at,
                                    .p = c.p[0] + at,
                                    .high = high,
                                    .scale = 0.125},
                                   {0, c.kQueries});
    });
    benchmark::ClobberMemory();
  }
  count_elements(state, c.seen());
}

template <class T>
void softmax_backward_causal(benchmark::State& state) {
  Causal<T> c(state.range(0));
  const KernelTable& table = table_of(state);
  for (auto _ : state) {
    c.for_blocks([&](int64_t keys, int64_t at, const int32_t* high) {
      table.of<T>().softmax_backward_of_acc({.columns = keys,
                                             .stride = keys,
                                             .p = c.p[0] + at,
                                             .dp = c.scores[0] + at,
                                             .ds = c.p[1] + at,
                                             .high = high,
                                             .scale = 0.125,
                                             .delta = c.delta.data()},
                                            {0, c.kQueries});
    });
    benchmark::ClobberMemory();
  }
  count_elements(state, c.seen());
}

BENCHMARK(silu_mul_forward<float>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_forward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_backward<float>)->Apply(sizes_and_sets);
BENCHMARK(silu_mul_backward<BF16>)->Apply(sizes_and_sets);
BENCHMARK(cross_entropy<float>)->Apply(sizes_and_sets);
BENCHMARK(cross_entropy<BF16>)->Apply(sizes_and_sets);
BENCHMARK(softmax<float>)->Apply(sizes_and_sets);
BENCHMARK(softmax<BF16>)->Apply(sizes_and_sets);
BENCHMARK(softmax_causal<float>)->Apply(sizes_and_sets);
BENCHMARK(softmax_causal<BF16>)->Apply(sizes_and_sets);
BENCHMARK(softmax_backward_causal<float>)->Apply(sizes_and_sets);
BENCHMARK(softmax_backward_causal<BF16>)->Apply(sizes_and_sets);

}  // namespace
}  // namespace fullshard::kernels::bench
