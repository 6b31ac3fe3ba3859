#pragma once
// Loads, stores and row reductions. Everything in isa/ is compiled once per instruction set, and
// therefore lives in an unnamed namespace: a function that the linker merges across instruction sets would
// crash on older machines.

#include <cstdint>

#include "fullshard/kernels/types.hpp"

#define FS_INLINE [[gnu::always_inline]] inline

namespace fullshard::kernels {
namespace {

FS_INLINE void copy_bytes(void* to, const void* from, int64_t bytes) {
  __builtin_memcpy(to, from, static_cast<uint64_t>(bytes));
}

FS_INLINE float get(float x) {
  return x;
}
FS_INLINE double get(double x) {
  return x;
}
FS_INLINE float get(BF16 x) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(x.bits) << 16);
}

template <class T, class A>
FS_INLINE T put(A x) {
  if constexpr (std::is_same_v<T, BF16>) {
    // to_bf16 of core, again here for the reason above. (VCVTNEPS2BF16 is no substitute: it flushes
    // subnormals.)
    const auto u = __builtin_bit_cast(uint32_t, static_cast<float>(x));
    const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    const uint32_t quiet_nan = (u >> 16) | 0x40u;
    return {static_cast<uint16_t>((u & 0x7fffffffu) > 0x7f800000u ? quiet_nan : rounded)};
  } else {
    return static_cast<T>(x);
  }
}

template <class T>
FS_INLINE T* row_of(T* base, const RowLayout& layout, int64_t r) {
  return base + r / layout.rows_per_group * layout.group_stride +
         r % layout.rows_per_group * layout.row_stride;
}

/// Reductions run in this many lanes, element i in lane i modulo their number, and end in a tree: 128 bytes
/// keep the adders of the widest instruction set busy, and the order is the same with all of them.
template <class A>
inline constexpr int64_t kLanes = 128 / static_cast<int64_t>(sizeof(A));

template <class A, class Term>
FS_INLINE A sum_row(int64_t n, const Term& term) {
  A lane[kLanes<A>] = {};
  int64_t i = 0;
  for (; i + kLanes<A> <= n; i += kLanes<A>)
    for (int64_t j = 0; j < kLanes<A>; ++j) lane[j] = lane[j] + term(i + j);
  for (int64_t j = 0; i + j < n; ++j) lane[j] = lane[j] + term(i + j);
  for (int64_t width = kLanes<A> / 2; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j) lane[j] = lane[j] + lane[j + width];
  return lane[0];
}

}  // namespace
}  // namespace fullshard::kernels
