#include "fullshard/core/rng.hpp"

#include <bit>
#include <cmath>
#include <numbers>

#include "fullshard/core/check.hpp"

namespace fullshard {

namespace {

// Constants of Philox4x32 (Salmon et al., table 2).
constexpr uint32_t kMul0 = 0xD2511F53u, kMul1 = 0xCD9E8D57u;
constexpr uint32_t kWeyl0 = 0x9E3779B9u, kWeyl1 = 0xBB67AE85u;

uint32_t low(uint64_t x) {
  return static_cast<uint32_t>(x);
}
uint32_t high(uint64_t x) {
  return static_cast<uint32_t>(x >> 32);
}

uint64_t feistel(uint64_t x, int half_bits, uint64_t seed) {
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  uint64_t left = x >> half_bits, right = x & mask;
  for (uint32_t round = 0; round < 4; ++round) {
    auto r = philox4x32({low(right), high(right), round, 0x70657266u}, {low(seed), high(seed)});
    uint64_t next = left ^ ((uint64_t{r[1]} << 32 | r[0]) & mask);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{kMul0} * c[0], p1 = uint64_t{kMul1} * c[2];
    c = {high(p1) ^ c[1] ^ key[0], low(p1), high(p0) ^ c[3] ^ key[1], low(p0)};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return c;
}

uint64_t CounterRng::bits(uint64_t index) const {
  auto r = philox4x32({low(index), high(index), low(stream_), high(stream_)}, {low(seed_), high(seed_)});
  return uint64_t{r[1]} << 32 | r[0];
}

double CounterRng::uniform(uint64_t index) const {
  return static_cast<double>(bits(index) >> 11) * 0x1.0p-53;
}

double CounterRng::normal(uint64_t index) const {
  auto r = philox4x32({low(index), high(index), low(stream_), high(stream_)}, {low(seed_), high(seed_)});
  const double u1 = (static_cast<double>((uint64_t{r[1]} << 32 | r[0]) >> 11) + 1) * 0x1.0p-53;  // (0, 1]
  const double u2 = static_cast<double>((uint64_t{r[3]} << 32 | r[2]) >> 11) * 0x1.0p-53;
  return std::sqrt(-2 * std::log(u1)) * std::cos(2 * std::numbers::pi * u2);
}

uint64_t permuted(uint64_t index, uint64_t size, uint64_t seed) {
  FS_CHECK(index < size, "index {} in a permutation of {}", index, size);
  if (size == 1) return 0;
  const int half_bits = (std::bit_width(size - 1) + 1) / 2;
  do index = feistel(index, half_bits, seed);  // walks along the cycle until it is back inside [0, size)
  while (index >= size);
  return index;
}

}  // namespace fullshard
