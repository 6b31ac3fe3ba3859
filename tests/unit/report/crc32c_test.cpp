#include "report/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace fullshard::report {

TEST(Crc32c, gives_the_vectors_of_rfc_3720) {  // appendix B.4, read as little-endian words
  std::string up, down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }

  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(crc32c(down), 0x113FDB5Cu);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, is_masked_by_rotation_and_constant) {
  const uint32_t crc = 0xE3069283u;  // of "123456789"

  EXPECT_EQ(masked_crc32c("123456789"), ((crc >> 15) | (crc << 17)) + 0xA282EAD8u);
}

}  // namespace fullshard::report
