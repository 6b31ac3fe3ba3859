#pragma once
// The lanes of a reduction along a row (lanes.hpp) as vectors, for rows of any length: the last lanes of a
// row are loaded and stored in part.

#include "kernels/isa/vectors.hpp"

namespace fullshard::kernels {
namespace {

/// kLanes elements in their order.
template <class A>
struct Lanes {
  static constexpr int kPairs = static_cast<int>(kLanes<A> / kWidth<A> / 2);
  Pair<A> x[kPairs];
};

/// f(x, y, …) pair by pair.
template <class A, class F, class... More>
FS_INLINE Lanes<A> map(const F& f, const Lanes<A>& x, const More&... more) {
  Lanes<A> result;
#pragma GCC unroll 4
  for (int k = 0; k < Lanes<A>::kPairs; ++k) result.x[k] = f(x.x[k], more.x[k]...);
  return result;
}

template <class A>
FS_INLINE Lanes<A> lanes_of(A value) {
  Lanes<A> result;
  for (Pair<A>& x : result.x) x = value;
  return result;
}

/// The elements of one vector as memory has them.
template <class T>
using Raw = Vec<std::conditional_t<sizeof(T) == 2, uint16_t, BitsOf<T>>, kWidth<Acc<T>> * sizeof(T)>;

template <class T>
FS_INLINE Vec<Acc<T>> widened(Raw<T> raw) {
  if constexpr (std::is_same_v<T, BF16>) {
    return __builtin_bit_cast(Vec<float>, __builtin_convertvector(raw, Vec<uint32_t>) << 16);
  } else {
    return __builtin_bit_cast(Vec<T>, raw);
  }
}

template <class T>
FS_INLINE Raw<T> narrowed(Vec<Acc<T>> x) {
  if constexpr (std::is_same_v<T, BF16>) {
    return __builtin_convertvector(rounded_to_bf16(x) >> 16, Raw<T>);
  } else {
    return __builtin_bit_cast(Raw<T>, x);
  }
}

/// The first `count` elements at p, zeros after them; count is less than a vector has and may be negative.
template <class T>
FS_INLINE Raw<T> load_some(const T* p, int64_t count) {
#if defined(__AVX512F__)
  const uint32_t mask = count > 0 ? (1u << count) - 1 : 0;
  if constexpr (sizeof(T) == 2)
    return __builtin_bit_cast(Raw<T>, _mm256_maskz_loadu_epi16(static_cast<__mmask16>(mask), p));
  if constexpr (sizeof(T) == 4)
    return __builtin_bit_cast(Raw<T>, _mm512_maskz_loadu_epi32(static_cast<__mmask16>(mask), p));
  if constexpr (sizeof(T) == 8)
    return __builtin_bit_cast(Raw<T>, _mm512_maskz_loadu_epi64(static_cast<__mmask8>(mask), p));
#else
  T some[kWidth<Acc<T>>] = {};
  for (int64_t i = 0; i < count; ++i) some[i] = p[i];
  return load_bits<Raw<T>>(some);
#endif
}

template <class T>
FS_INLINE void store_some(T* p, int64_t count, Raw<T> x) {
#if defined(__AVX512F__)
  const uint32_t mask = count > 0 ? (1u << count) - 1 : 0;
  if constexpr (sizeof(T) == 2)
    _mm256_mask_storeu_epi16(p, static_cast<__mmask16>(mask), __builtin_bit_cast(__m256i, x));
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_epi32(p, static_cast<__mmask16>(mask), __builtin_bit_cast(__m512i, x));
  if constexpr (sizeof(T) == 8)
    _mm512_mask_storeu_epi64(p, static_cast<__mmask8>(mask), __builtin_bit_cast(__m512i, x));
#else
  T some[kWidth<Acc<T>>];
  copy_bytes(some, &x, sizeof x);
  for (int64_t i = 0; i < count; ++i) p[i] = some[i];
#endif
}

template <class T>
FS_INLINE Lanes<Acc<T>> load_lanes(const T* p) {
  using A = Acc<T>;
  Lanes<A> result;
#pragma GCC unroll 4
  for (int k = 0; k < Lanes<A>::kPairs; ++k) {
    const T* at = p + 2 * k * kWidth<A>;
    result.x[k] = {widened<T>(load_bits<Raw<T>>(at)), widened<T>(load_bits<Raw<T>>(at + kWidth<A>))};
  }
  return result;
}

template <class T>
FS_INLINE void store_lanes(T* p, const Lanes<Acc<T>>& lanes) {
  using A = Acc<T>;
#pragma GCC unroll 4
  for (int k = 0; k < Lanes<A>::kPairs; ++k) {
    const Raw<T> a = narrowed<T>(lanes.x[k].a), b = narrowed<T>(lanes.x[k].b);
    copy_bytes(p + 2 * k * kWidth<A>, &a, sizeof a);
    copy_bytes(p + (2 * k + 1) * kWidth<A>, &b, sizeof b);
  }
}

/// Calls f(vector, its first element's place, how many of its elements are among the first `count`) for all.
template <class A, class F>
FS_INLINE void for_vectors(Lanes<A>& lanes, int64_t count, const F& f) {
#pragma GCC unroll 4
  for (int k = 0; k < Lanes<A>::kPairs; ++k) {
    f(lanes.x[k].a, 2 * k * kWidth<A>, count - 2 * k * kWidth<A>);
    f(lanes.x[k].b, (2 * k + 1) * kWidth<A>, count - (2 * k + 1) * kWidth<A>);
  }
}

/// The first `count` < kLanes elements at p, zeros after them.
template <class T>
FS_INLINE Lanes<Acc<T>> load_first_lanes(const T* p, int64_t count) {
  using A = Acc<T>;
  Lanes<A> result;
  for_vectors(result, count, [&](Vec<A>& x, int64_t at, int64_t some) {
    x = widened<T>(some < kWidth<A> ? load_some(p + at, some) : load_bits<Raw<T>>(p + at));
  });
  return result;
}

/// `other` in the lanes after the first `count`.
template <class A>
FS_INLINE void replace_last_lanes(Lanes<A>& lanes, int64_t count, A other) {
  using Index = std::make_signed_t<BitsOf<A>>;
  Vec<Index> index;
  for (int j = 0; j < kWidth<A>; ++j) index[j] = j;
  for_vectors(lanes, count, [&](Vec<A>& x, int64_t, int64_t some) {
    x = index < static_cast<Index>(some) ? x : other - Vec<A>{};
  });
}

template <class T>
FS_INLINE void store_first_lanes(T* p, int64_t count, Lanes<Acc<T>> lanes) {
  using A = Acc<T>;
  for_vectors(lanes, count, [&](const Vec<A>& x, int64_t at, int64_t some) {
    const Raw<T> raw = narrowed<T>(x);
    if (some >= kWidth<A>) {
      copy_bytes(p + at, &raw, sizeof raw);
    } else {
      store_some(p + at, some, raw);
    }
  });
}

/// f of the lower and the upper half, again and again, until one element is left.
template <class A, int kBytes, class F>
FS_INLINE A fold(Vec<A, kBytes> x, const F& f) {
  constexpr int kHalf = kBytes / 2;
  if constexpr (kHalf < 16) {
    A lane[kBytes / sizeof(A)];
    copy_bytes(lane, &x, sizeof x);
    if constexpr (sizeof(A) == 8) return f(lane[0], lane[1]);
    if constexpr (sizeof(A) == 4) return f(f(lane[0], lane[2]), f(lane[1], lane[3]));
  } else {
    Vec<A, kHalf> half[2];
    copy_bytes(half, &x, sizeof x);
    return fold<A, kHalf>(f(half[0], half[1]), f);
  }
}

/// The tree that ends a reduction, as in sum_row.
template <class A, class F>
FS_INLINE A fold_lanes(Lanes<A> lanes, const F& f) {
  for (int width = Lanes<A>::kPairs / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) lanes.x[k] = f(lanes.x[k], lanes.x[k + width]);
  return fold<A, kVectorBytes>(f(lanes.x[0].a, lanes.x[0].b), f);
}

}  // namespace
}  // namespace fullshard::kernels
