#pragma once
// Digests of tensors that add up over any slicing: Σ mix(index, bits) in two words mod 2^64, so ranks that
// own parts of a tensor sum their parts and get the digest of the whole.

#include <cstdint>
#include <string>
#include <string_view>

#include "fullshard/core/span.hpp"

namespace fullshard {

struct Digest {
  uint64_t lo = 0, hi = 0;
  bool operator==(const Digest&) const = default;
  Digest& operator+=(Digest o);
  friend Digest operator+(Digest a, Digest b) { return a += b; }
  /// 32 hexadecimal digits.
  std::string hex() const;
  /// Throws Error(Refused) unless `text` is 32 hexadecimal digits.
  static Digest from_hex(std::string_view text);
};

/// Digest of elements [first, first + span.count) of a tensor; `first` is the index of the span's first
/// element.
Digest digest_of(ConstDeviceSpan span, Elems first);

/// 64-bit hash of bytes, for names, configurations and files: FNV-1a with a final avalanche. Not
/// cryptographic.
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

/// Both words of a digest over bytes, where 64 bits are too few to name something by.
Digest digest_of(std::string_view bytes);

}  // namespace fullshard
