#include "fullshard/core/hash.hpp"

#include <cstring>

namespace fullshard {

namespace {

// Finaliser of MurmurHash3 (public domain, Austin Appleby): every input bit reaches every output bit.
constexpr uint64_t avalanche(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}

// Two independent 64-bit lanes, each added modulo 2^64; together they are the 128-bit digest.
template <class Bits>
[[gnu::always_inline]] inline Digest digest_bits(const std::byte* data, int64_t n, int64_t first) {
  uint64_t lo = 0, hi = 0;
  for (int64_t i = 0; i < n; ++i) {
    Bits b;
    std::memcpy(&b, data + i * static_cast<int64_t>(sizeof b), sizeof b);
    const uint64_t index = static_cast<uint64_t>(first + i) * 0x9e3779b97f4a7c15ULL;
    const uint64_t x = avalanche((uint64_t{b} + 0x632be59bd9b4e019ULL) ^ index);
    lo += x;
    hi += avalanche(x + index + 0x2545f4914f6cdd1dULL);
  }
  return {lo, hi};
}

[[gnu::always_inline]] inline Digest digest_any(ConstDeviceSpan s, Elems first) {
  switch (size_of(s.dtype)) {
    case 1:
      return digest_bits<uint8_t>(s.data, s.count.value, first.value);
    case 2:
      return digest_bits<uint16_t>(s.data, s.count.value, first.value);
    case 4:
      return digest_bits<uint32_t>(s.data, s.count.value, first.value);
    default:
      return digest_bits<uint64_t>(s.data, s.count.value, first.value);
  }
}

// The same loops for the compiler to vectorise where the processor multiplies eight 64-bit integers at once:
// without that a digest takes longer than the disk.
#if defined(__x86_64__)
[[gnu::target("avx512f,avx512dq,avx512bw,avx512vl,prefer-vector-width=512")]] Digest digest_avx512(
    ConstDeviceSpan s, Elems first) {
  return digest_any(s, first);
}
bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

}  // namespace

Digest& Digest::operator+=(Digest o) {
  lo += o.lo;
  hi += o.hi;
  return *this;
}

std::string Digest::hex() const {
  return fmt::format("{:016x}{:016x}", hi, lo);
}

Digest Digest::from_hex(std::string_view text) {
  if (text.size() != 32 || text.find_first_not_of("0123456789abcdef") != text.npos)
    throw Error(ExitCode::Refused, fmt::format("digest: expected 32 hexadecimal digits, found '{}'", text));
  return {std::stoull(std::string(text.substr(16)), nullptr, 16),
          std::stoull(std::string(text.substr(0, 16)), nullptr, 16)};
}

Digest digest_of(ConstDeviceSpan s, Elems first) {
#if defined(__x86_64__)
  if (has_avx512()) return digest_avx512(s, first);
#endif
  return digest_any(s, first);
}

uint64_t hash64(std::string_view text, uint64_t seed) {
  uint64_t h = 0xcbf29ce484222325ULL ^ avalanche(seed);
  for (char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return avalanche(h);
}

Digest digest_of(std::string_view bytes) {
  return {hash64(bytes), hash64(bytes, 1)};
}

}  // namespace fullshard
