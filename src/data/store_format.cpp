#include "data/store_format.hpp"

#include <cstddef>

namespace fullshard::data {

uint64_t checksum_of(const StoredHeader& header) {
  return hash64({reinterpret_cast<const char*>(&header), offsetof(StoredHeader, checksum)});
}

Digest about_digest(std::string_view about, int64_t num_samples) {
  const std::span bytes(reinterpret_cast<const uint8_t*>(about.data()), about.size());
  return digest_of(device_span(bytes), {3 * num_samples});
}

}  // namespace fullshard::data
