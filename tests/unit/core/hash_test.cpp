#include "fullshard/core/hash.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fullshard {

TEST(Digest, parts_add_up_to_the_whole_however_it_is_cut) {
  std::vector<float> v(1000);
  for (size_t i = 0; i < v.size(); ++i) v[i] = static_cast<float>(i) * 0.37f;
  const ConstDeviceSpan all = device_span(std::span<const float>(v));

  for (int64_t cut : {0, 1, 17, 512, 999, 1000}) {
    Digest sum = digest_of(all.slice({0}, {cut}), {0});
    sum += digest_of(all.slice({cut}, {1000 - cut}), {cut});
    EXPECT_EQ(sum, digest_of(all, {0})) << "cut at " << cut;
  }
}

TEST(Digest, one_flipped_bit_and_two_swapped_elements_show) {
  std::vector<float> v{1, 2, 3, 4}, swapped{2, 1, 3, 4}, flipped{1, 2, 3, std::nextafter(4.f, 5.f)};
  const auto d = [](const std::vector<float>& x) {
    return digest_of(device_span(std::span<const float>(x)), {0});
  };

  EXPECT_NE(d(v), d(swapped));
  EXPECT_NE(d(v), d(flipped));
}

namespace {

uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

// The definition, one element after the other.
template <class Bits>
Digest plain_digest(const std::vector<Bits>& v, uint64_t first) {
  Digest d;
  for (size_t i = 0; i < v.size(); ++i) {
    const uint64_t index = (first + i) * 0x9e3779b97f4a7c15ULL;
    const uint64_t x = mixed((uint64_t{v[i]} + 0x632be59bd9b4e019ULL) ^ index);
    d += {x, mixed(x + index + 0x2545f4914f6cdd1dULL)};
  }
  return d;
}

template <class Bits>
void expect_plain_digests(DType dtype) {
  for (const size_t n : {0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1003}) {
    std::vector<Bits> v(n);
    for (size_t i = 0; i < n; ++i) v[i] = static_cast<Bits>(mixed(i + 1));
    const ConstDeviceSpan span{
        reinterpret_cast<const std::byte*>(v.data()), {static_cast<int64_t>(n)}, dtype};
    EXPECT_EQ(digest_of(span, {12345}), plain_digest(v, 12345)) << name_of(dtype) << " " << n;
  }
}

}  // namespace

TEST(Digest, is_what_its_definition_says_whatever_the_processor) {
  expect_plain_digests<uint8_t>(DType::U8);
  expect_plain_digests<uint16_t>(DType::BF16);
  expect_plain_digests<uint32_t>(DType::F32);
  expect_plain_digests<uint64_t>(DType::F64);
}

TEST(Digest, hexadecimal_text_round_trips) {
  const Digest d{0x0123456789abcdefULL, 0xfedcba9876543210ULL};

  EXPECT_EQ(d.hex(), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(Digest::from_hex(d.hex()), d);
  EXPECT_THROW(Digest::from_hex("12"), Error);
  EXPECT_THROW(Digest::from_hex(std::string(32, 'g')), Error);
}

}  // namespace fullshard
