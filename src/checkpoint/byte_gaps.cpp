#include "checkpoint/byte_gaps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint {

std::vector<ByteRange> gaps_between(std::vector<ByteRange> used, Bytes file_size) {
  std::sort(used.begin(), used.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  std::vector<ByteRange> gaps;
  Bytes at;
  for (const ByteRange& r : used) {
    // In this order no sum can overflow: size <= file_size first, then offset <= file_size - size.
    if (r.offset < at || r.size.value < 0 || r.size > file_size || r.offset > file_size - r.size)
      throw Error(ExitCode::Refused,
                  fmt::format("bytes [{}, +{}) are expected after byte {} and inside a file of {} bytes",
                              r.offset.value, r.size.value, at.value, file_size.value));
    if (r.offset > at) gaps.push_back({at, r.offset - at});
    at = r.offset + r.size;
  }
  if (at < file_size) gaps.push_back({at, file_size - at});
  return gaps;
}

std::vector<ByteRange> gaps_of(const Manifest& m, size_t file) {
  std::vector<ByteRange> used;
  for (const StoredTensor& t : m.tensors)
    for (const StoredExtent& e : t.extents)
      if (e.file == file) used.push_back({e.offset, bytes(e.count, t.dtype)});
  return gaps_between(std::move(used), m.files[file].size);
}

}  // namespace fullshard::checkpoint
