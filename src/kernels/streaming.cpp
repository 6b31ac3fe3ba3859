#include "fullshard/kernels/streaming.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>

namespace fullshard::kernels {

namespace {

constexpr int64_t kLine = 64;  // written in one go, or read first after all

/// Of `bytes` that begin at p, those before the first whole line.
int64_t before_lines(const void* p, int64_t bytes) {
  const auto off = static_cast<int64_t>(reinterpret_cast<uintptr_t>(p) % kLine);
  return std::min(bytes, off == 0 ? 0 : kLine - off);
}

struct Floats {
  using Element = float;
  static __m128 sum(const float* a, const float* b) { return _mm_add_ps(_mm_loadu_ps(a), _mm_loadu_ps(b)); }
  static void stream(float* to, __m128 x) { _mm_stream_ps(to, x); }
};

struct Doubles {
  using Element = double;
  static __m128d sum(const double* a, const double* b) {
    return _mm_add_pd(_mm_loadu_pd(a), _mm_loadu_pd(b));
  }
  static void stream(double* to, __m128d x) { _mm_stream_pd(to, x); }
};

template <class Kind, class T = typename Kind::Element>
void add_lines(T* sum, const T* a, const T* b, int64_t n) {
  constexpr int64_t kSize = sizeof(T), kInRegister = 16 / kSize, kInLine = kLine / kSize;
  int64_t i = 0;
  for (const int64_t head = before_lines(sum, n * kSize) / kSize; i < head; ++i) sum[i] = a[i] + b[i];
  for (; i + kInLine <= n; i += kInLine) {
    const auto at = [&](int64_t k) { return Kind::sum(a + i + k * kInRegister, b + i + k * kInRegister); };
    const auto x0 = at(0), x1 = at(1), x2 = at(2), x3 = at(3);
    Kind::stream(sum + i, x0);
    Kind::stream(sum + i + kInRegister, x1);
    Kind::stream(sum + i + 2 * kInRegister, x2);
    Kind::stream(sum + i + 3 * kInRegister, x3);
  }
  for (; i < n; ++i) sum[i] = a[i] + b[i];
  _mm_sfence();  // such writes wait in no order
}

}  // namespace

void stream_copy(std::byte* to, const std::byte* from, Bytes n) {
  int64_t at = before_lines(to, n.value);
  std::memcpy(to, from, static_cast<size_t>(at));
  for (; at + kLine <= n.value; at += kLine) {
    const auto* in = reinterpret_cast<const __m128i*>(from + at);
    auto* out = reinterpret_cast<__m128i*>(to + at);
    const __m128i a = _mm_loadu_si128(in), b = _mm_loadu_si128(in + 1), c = _mm_loadu_si128(in + 2),
                  d = _mm_loadu_si128(in + 3);
    _mm_stream_si128(out, a);
    _mm_stream_si128(out + 1, b);
    _mm_stream_si128(out + 2, c);
    _mm_stream_si128(out + 3, d);
  }
  std::memcpy(to + at, from + at, static_cast<size_t>(n.value - at));
  _mm_sfence();
}

void stream_add(float* sum, const float* a, const float* b, int64_t n) {
  add_lines<Floats>(sum, a, b, n);
}

void stream_add(double* sum, const double* a, const double* b, int64_t n) {
  add_lines<Doubles>(sum, a, b, n);
}

}  // namespace fullshard::kernels
