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

TEST(Digest, hexadecimal_text_round_trips) {
  const Digest d{0x0123456789abcdefULL, 0xfedcba9876543210ULL};

  EXPECT_EQ(d.hex(), "fedcba98765432100123456789abcdef");
  EXPECT_EQ(Digest::from_hex(d.hex()), d);
  EXPECT_THROW(Digest::from_hex("12"), Error);
  EXPECT_THROW(Digest::from_hex(std::string(32, 'g')), Error);
}

}  // namespace fullshard
