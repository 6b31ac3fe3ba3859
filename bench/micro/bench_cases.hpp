#pragma once
// What the benchmarks of the kernels share: arrays of harmless values, sizes, units.

#include <benchmark/benchmark.h>

#include <vector>

#include "fullshard/kernels/kernel_table.hpp"

namespace fullshard::kernels::bench {

inline constexpr int64_t kColumns = 512;
inline constexpr int64_t kInCache = 16 << 10, kInMemory = 8 << 20;

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

inline void count_bytes(benchmark::State& state, int64_t bytes_per_pass) {
  state.SetBytesProcessed(state.iterations() * bytes_per_pass);
}

inline const KernelTable& table_of(const benchmark::State& state) {
  return kernel_table(static_cast<InstructionSet>(state.range(1)));
}

/// Every instruction set in both sizes; the second argument is the set.
inline void sizes_and_sets(benchmark::internal::Benchmark* b) {
  b->ArgNames({"n", "set"});
  for (const int64_t n : {kInCache, kInMemory})
    for (const InstructionSet set : available_instruction_sets()) b->Args({n, static_cast<int64_t>(set)});
}

inline void sizes(benchmark::internal::Benchmark* b) {
  for (const int64_t n : {kInCache, kInMemory}) b->Arg(n);
}

}  // namespace fullshard::kernels::bench
