#pragma once
// Where what is in a store, shared by its reader and its writer; docs/token_store.md is the description.

#include <array>
#include <cstdint>

#include "fullshard/core/hash.hpp"
#include "fullshard/data/ledger.hpp"

namespace fullshard::data {

/// The first bytes of a store. Little-endian, as all machines that we build for.
struct StoredHeader {
  std::array<char, 8> magic;
  uint64_t key_lo, key_hi;
  int64_t num_samples, num_tokens, about_bytes;
  std::array<int64_t, kLedgerCounts> counts;
  uint64_t index_lo, index_hi;  ///< digest of ends, digests, documents and text
  uint64_t checksum;            ///< hash64 of all bytes before it
};
static_assert(sizeof(StoredHeader) == 8 * (9 + kLedgerCounts));

inline constexpr std::array<char, 8> kStoreMagic = {'F', 'S', 'T', 'O', 'K', 'N', '0', '1'};
inline constexpr int64_t kWordsAt = 4096;
/// Above these no size of ours overflows.
inline constexpr int64_t kMostTokens = int64_t{1} << 48, kMostSamples = int64_t{1} << 40,
                         kMostAboutBytes = int64_t{1} << 30;

/// Offsets of the parts behind the words, in bytes.
struct StoreLayout {
  int64_t ends, digests, documents, about, size;
};
constexpr StoreLayout layout_of(int64_t num_samples, int64_t num_tokens, int64_t about_bytes) {
  const int64_t ends = kWordsAt + (num_tokens * 4 + 7) / 8 * 8, column = num_samples * 8;
  return {ends, ends + column, ends + 2 * column, ends + 3 * column, ends + 3 * column + about_bytes};
}

uint64_t checksum_of(const StoredHeader& header);
/// What `about` adds to the digest of the index of a store with that many samples.
Digest about_digest(std::string_view about, int64_t num_samples);

}  // namespace fullshard::data
