#include "comm/host_sum.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "fullshard/kernels/streaming.hpp"

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

  /// What the last addition adds, the left one in `out` unless it is a source itself. Of two sources or more.
  std::pair<const T*, const T*> last_two(T* out) {
    const size_t half = std::bit_floor(sources_.size() - 1);  // the largest power of two below the count
    return {sum(0, half, out, 1), sum(half, sources_.size(), scratch_[0].data(), 1)};
  }

  /// Where the sum of sources [begin, end) lies: `out`, or the source itself if it is only one.
  const T* sum(size_t begin, size_t end, T* out, size_t level) {
    if (end - begin == 1) return reinterpret_cast<const T*>(sources_[begin]) + offset_;
    const size_t half = std::bit_floor(end - begin - 1);
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
  const bool streamed = static_cast<int64_t>(dst.size_bytes() * sources.size()) >= kernels::kStreamed.value;
  std::array<T, kTile> tile;
  for (int64_t at = 0; at < count; at += kTile) {
    const int64_t n = std::min(kTile, count - at);
    TileSum<T> sums(sources, at, n);
    T* out = dst.data() + at;
    if (mode == Accumulate::Add) {
      add(out, out, sums.sum(0, sources.size(), tile.data(), 0), n);
    } else if (sources.size() == 1) {
      if (const T* only = sums.sum(0, 1, nullptr, 0); only != out)
        std::memcpy(out, only, static_cast<size_t>(n) * sizeof(T));
    } else {
      // A partial sum must not overwrite a source that is still to be read; the last addition may.
      const auto [left, right] = sums.last_two(tile.data());
      streamed ? kernels::stream_add(out, left, right, n) : add(out, left, right, n);
    }
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
