#include "fullshard/kernels/stream_copy.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace fullshard::kernels {

namespace {

constexpr int64_t kLine = 64;  // written in one go, or read first after all

}  // namespace

void stream_copy(std::byte* to, const std::byte* from, Bytes n) {
  const int64_t off = static_cast<int64_t>(reinterpret_cast<uintptr_t>(to) % kLine);
  const int64_t head = std::min(n.value, off == 0 ? 0 : kLine - off);
  std::memcpy(to, from, static_cast<size_t>(head));
  int64_t at = head;
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
  _mm_sfence();  // such writes wait in no order
}

}  // namespace fullshard::kernels
