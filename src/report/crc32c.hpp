#pragma once

#include <cstdint>
#include <string_view>

namespace fullshard::report {

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78) as RFC 3720, appendix B.4 defines it.
uint32_t crc32c(std::string_view bytes);

/// The form that TFRecord stores: rotated right by 15 bits plus a constant, so that the checksum of data
/// that holds checksums stays useful (tensorflow/core/lib/hash/crc32c.h, "Mask").
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace fullshard::report
