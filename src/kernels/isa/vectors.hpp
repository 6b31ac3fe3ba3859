#pragma once
// Vectors as wide as the instruction set has them, for the kernels whose arithmetic decides their time: GCC
// threads jumps through their clamps and divides twice when it vectorises plain loops itself. Every operation
// is element by element, so the width changes no bit.

#include <immintrin.h>

#include "kernels/isa/lanes.hpp"

namespace fullshard::kernels {
namespace {

#if defined(__AVX512F__)
inline constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
inline constexpr int kVectorBytes = 32;
#else
inline constexpr int kVectorBytes = 16;
#endif

template <class E, int kBytes = kVectorBytes>
struct VectorOf {
  typedef E Type __attribute__((vector_size(kBytes)));
};
template <class E, int kBytes = kVectorBytes>
using Vec = typename VectorOf<E, kBytes>::Type;

/// The elements of a vector.
template <class A>
inline constexpr int64_t kWidth = kVectorBytes / static_cast<int64_t>(sizeof(A));

/// The integers as wide as A.
template <class A>
using BitsOf = std::conditional_t<sizeof(A) == 4, uint32_t, uint64_t>;

template <class V>
FS_INLINE V load_bits(const void* p) {
  V v;
  copy_bytes(&v, p, sizeof v);
  return v;
}

/// Fetches kCount elements that lie `distance` elements after p into the second-level cache. They need not
/// exist.
template <int64_t kCount, class T>
FS_INLINE void prefetch(const T* p, int64_t distance) {
  const auto address = reinterpret_cast<uintptr_t>(p) + static_cast<uintptr_t>(distance) * sizeof(T);
#pragma GCC unroll 8
  for (uintptr_t byte = 0; byte < kCount * sizeof(T); byte += 64)
    __builtin_prefetch(reinterpret_cast<const void*>(address + byte), 0, 2);
}

/// a > b ? a : b, so b where one is NaN, of numbers and of vectors. The instruction is this, but GCC sees it
/// in some of its uses only.
template <class V>
FS_INLINE V larger(V a, V b) {
#if defined(__AVX512F__)
  // Masks of ones: without, GCC 12 warns of its own header (GCC bug 105593).
  if constexpr (std::is_same_v<V, Vec<float, 64>>) return _mm512_maskz_max_ps(0xffff, a, b);
  if constexpr (std::is_same_v<V, Vec<double, 64>>) return _mm512_maskz_max_pd(0xff, a, b);
#endif
#if defined(__AVX2__)
  if constexpr (std::is_same_v<V, Vec<float, 32>>) return _mm256_max_ps(a, b);
  if constexpr (std::is_same_v<V, Vec<double, 32>>) return _mm256_max_pd(a, b);
#endif
  if constexpr (std::is_same_v<V, Vec<float, 16>>) return _mm_max_ps(a, b);
  if constexpr (std::is_same_v<V, Vec<double, 16>>) return _mm_max_pd(a, b);
  if constexpr (std::is_floating_point_v<V>) return a > b ? a : b;
}

/// Two vectors that go through the same operations side by side: one alone would wait for itself.
template <class A>
struct Pair {
  using V = Vec<A>;
  V a, b;

  Pair() = default;
  FS_INLINE Pair(V x, V y) : a(x), b(y) {}
  FS_INLINE Pair(A x) : a(x - V{}), b(x - V{}) {}  // implicit: constants are operands; -0 stays -0
  FS_INLINE friend Pair operator+(Pair x, Pair y) { return {x.a + y.a, x.b + y.b}; }
  FS_INLINE friend Pair operator-(Pair x, Pair y) { return {x.a - y.a, x.b - y.b}; }
  FS_INLINE friend Pair operator*(Pair x, Pair y) { return {x.a * y.a, x.b * y.b}; }
  FS_INLINE friend Pair operator/(Pair x, Pair y) { return {x.a / y.a, x.b / y.b}; }
};

template <class A>
FS_INLINE Pair<A> larger(Pair<A> x, Pair<A> y) {
  return {larger(x.a, y.a), larger(x.b, y.b)};
}

/// -|x|
template <class A>
FS_INLINE Pair<A> minus_abs(Pair<A> x) {
  const Vec<BitsOf<A>> sign = __builtin_bit_cast(Vec<BitsOf<A>>, Pair<A>(-A{0}).a);
  return {__builtin_bit_cast(Vec<A>, __builtin_bit_cast(Vec<BitsOf<A>>, x.a) | sign),
          __builtin_bit_cast(Vec<A>, __builtin_bit_cast(Vec<BitsOf<A>>, x.b) | sign)};
}

/// x < 0 ? y : z
template <class A>
FS_INLINE Pair<A> where_negative(Pair<A> x, Pair<A> y, Pair<A> z) {
  return {x.a < A{0} ? y.a : z.a, x.b < A{0} ? y.b : z.b};
}

/// The bits of x, those that stay of a BF16 rounded as by put<BF16>; the others are left over.
FS_INLINE Vec<uint32_t> rounded_to_bf16(Vec<float> x) {
  const auto u = __builtin_bit_cast(Vec<uint32_t>, x);
  return x == x ? u + 0x7fffu + (u >> 16 & 1u) : u | 0x400000u;
}

/// Two vectors as one of BF16 at even and odd places. Rounds as rounded_to_bf16, for half the instructions,
/// but a NaN must be a quiet one, as arithmetic makes them, and its payload is rounded too.
FS_INLINE Vec<uint16_t> woven_to_bf16(Pair<float> x) {
  const auto a = __builtin_bit_cast(Vec<uint32_t>, x.a), b = __builtin_bit_cast(Vec<uint32_t>, x.b);
  const auto high = __builtin_bit_cast(Vec<uint16_t>, a >> 16 | (b & 0xffff0000u));
  const auto low = __builtin_bit_cast(Vec<uint16_t>, (a & 0xffffu) | b << 16);
  // More than half, or half beside an odd number; but not what would run over into the sign.
  const auto up = ((low | (high & 1)) > 0x8000) & ((high | 0x8000) != 0xffff);
  return high - __builtin_bit_cast(Vec<uint16_t>, up);
}

/// 2 · kWidth elements in an order that a kernel working element by element need not know: of BF16, those at
/// even and those at odd places, which costs a shift and a mask.
template <class T>
FS_INLINE Pair<Acc<T>> load_shuffled(const T* p) {
  if constexpr (std::is_same_v<T, BF16>) {
    const auto both = load_bits<Vec<uint32_t>>(p);
    return {__builtin_bit_cast(Vec<float>, both << 16), __builtin_bit_cast(Vec<float>, both & 0xffff0000u)};
  } else {
    return {load_bits<Vec<T>>(p), load_bits<Vec<T>>(p + kWidth<T>)};
  }
}

template <class T>
FS_INLINE void store_shuffled(T* p, Pair<Acc<T>> x) {
  if constexpr (std::is_same_v<T, BF16>) {
    const Vec<uint16_t> both = woven_to_bf16(x);
    copy_bytes(p, &both, sizeof both);
  } else {
    copy_bytes(p, &x, sizeof x);
  }
}

/// f(sources, targets) for n elements of several arrays in pairs of vectors; the last elements go through it
/// in a pair of their own.
template <class T, int kIn, int kOut, class F>
FS_INLINE void for_each_element(int64_t n, const T* const (&in)[kIn], T* const (&out)[kOut], const F& f) {
  constexpr int64_t kStep = 2 * kWidth<Acc<T>>;
  const auto step = [&](const auto& source, const auto& target) {
    Pair<Acc<T>> x[kIn], y[kOut];
#pragma GCC unroll 8
    for (int k = 0; k < kIn; ++k) x[k] = load_shuffled(source(k));
    f(x, y);
#pragma GCC unroll 8
    for (int k = 0; k < kOut; ++k) store_shuffled(target(k), y[k]);
  };
  int64_t i = 0;
  for (; i + kStep <= n; i += kStep)
    step([&](int k) { return in[k] + i; }, [&](int k) { return out[k] + i; });
  if (i == n) return;
  T sources[kIn][kStep] = {}, targets[kOut][kStep];
  const int64_t bytes = (n - i) * static_cast<int64_t>(sizeof(T));
  for (int k = 0; k < kIn; ++k) copy_bytes(sources[k], in[k] + i, bytes);
  step([&](int k) { return sources[k]; }, [&](int k) { return targets[k]; });
  for (int k = 0; k < kOut; ++k) copy_bytes(out[k] + i, targets[k], bytes);
}

}  // namespace
}  // namespace fullshard::kernels
