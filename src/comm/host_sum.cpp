#include "comm/host_sum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace fullshard::comm {

namespace {

// What lies on the tree's levels stays in the first-level cache.
constexpr int64_t kTile = 1024;
constexpr size_t kMostLevels = 16;  // 65,536 ranks

template <class T>
void add(T* out, const T* a, const T* b, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}

template <class T>
class TileSum {
 public:
  TileSum(std::span<const std::byte* const> sources, int64_t offset, int64_t n)
      : sources_(sources), offset_(offset), n_(n) {}

  /// Where the sum of sources [begin, end) lies: `out`, or the source itself if it is only one.
  const T* sum(size_t begin, size_t end, T* out, size_t level) {
    if (end - begin == 1) return reinterpret_cast<const T*>(sources_[begin]) + offset_;
    const size_t half = std::bit_floor(end - begin - 1);  // the largest power of two below the count
    const T* left = sum(begin, begin + half, out, level + 1);
    const T* right = sum(begin + half, end, scratch_[level].data(), level + 1);
    add(out, left, right, n_);
    return out;
  }

 private:
  std::span<const std::byte* const> sources_;
  int64_t offset_, n_;
  std::array<std::array<T, kTile>, kMostLevels> scratch_;
};

template <class T>
void tree_sum_of(std::span<T> dst, std::span<const std::byte* const> sources, Accumulate mode) {
  const auto count = static_cast<int64_t>(dst.size());
  std::array<T, kTile> tile;
  // A partial sum must not overwrite a source that is still to be read; the last addition may.
  const bool direct = mode == Accumulate::Overwrite && sources.size() == 2;
  for (int64_t at = 0; at < count; at += kTile) {
    const int64_t n = std::min(kTile, count - at);
    const T* sum =
        TileSum<T>(sources, at, n).sum(0, sources.size(), direct ? dst.data() + at : tile.data(), 0);
    if (mode == Accumulate::Add)
      add(dst.data() + at, dst.data() + at, sum, n);
    else if (sum != dst.data() + at)
      std::memcpy(dst.data() + at, sum, static_cast<size_t>(n) * sizeof(T));
  }
}

}  // namespace

void tree_sum(DeviceSpan dst, std::span<const std::byte* const> sources, Accumulate mode) {
  FS_CHECK(!sources.empty() && sources.size() <= size_t{1} << kMostLevels, "a sum of {}", sources.size());
  if (dst.dtype == DType::F64)
    tree_sum_of(dst.as<double>(), sources, mode);
  else
    tree_sum_of(dst.as<float>(), sources, mode);
}

}  // namespace fullshard::comm
