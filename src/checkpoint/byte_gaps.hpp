#pragma once
// The bytes of a file that no tensor occupies: HDF5's own structures and padding.

#include <cstddef>
#include <vector>

#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::checkpoint {

struct ByteRange {
  Bytes offset, size;
};

/// What [0, file_size) holds besides `used`, in order. Ranges in `used` must lie inside the file and not
/// overlap: throws Error(Refused) otherwise.
std::vector<ByteRange> gaps_between(std::vector<ByteRange> used, Bytes file_size);

std::vector<ByteRange> gaps_of(const Manifest& manifest, size_t file);

}  // namespace fullshard::checkpoint
