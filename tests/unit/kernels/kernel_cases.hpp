#pragma once
// What the kernel tests share: every instruction set of this machine × every element type, random values,
// rounding.

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "fullshard/kernels/kernel_table.hpp"

namespace fullshard::kernels::test {

/// Around the widths of vectors, lanes and blocks, and odd.
inline const std::vector<int64_t> kSizes{1, 7, 16, 17, 255, 2047, 2048, 2049};

inline double value(double x) {
  return x;
}
inline double value(float x) {
  return static_cast<double>(x);
}
inline double value(BF16 x) {
  return static_cast<double>(to_float(x));
}

template <class T>
T rounded(double x) {
  if constexpr (std::is_same_v<T, BF16>) {
    return to_bf16(static_cast<float>(x));
  } else {
    return static_cast<T>(x);
  }
}

/// Half a unit in the last place of 1: the largest relative error of one rounding.
template <class T>
constexpr double unit_roundoff() {
  return std::is_same_v<T, double> ? 0x1p-53 : std::is_same_v<T, float> ? 0x1p-24 : 0x1p-8;
}

/// Relative error of a result that k operations in Acc<T> and one rounding to T have made.
template <class T>
constexpr double error_after(double k) {
  return k * unit_roundoff<Acc<T>>() + unit_roundoff<T>();
}

template <class T>
std::vector<T> randoms(int64_t n, uint64_t seed, double scale = 1.0) {
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<double> uniform(-scale, scale);
  std::vector<T> out(static_cast<size_t>(n));
  for (T& x : out) x = rounded<T>(uniform(engine));
  return out;
}

/// Calls f(table, element) for every instruction set and element type.
template <class F>
void for_all_kernels(const F& f) {
  for (const InstructionSet set : available_instruction_sets()) {
    SCOPED_TRACE(name_of(set));
    f(kernel_table(set).f32, float{});
    f(kernel_table(set).f64, double{});
    f(kernel_table(set).bf16, BF16{});
  }
}

inline size_t at(int64_t i) {
  return static_cast<size_t>(i);
}

}  // namespace fullshard::kernels::test
