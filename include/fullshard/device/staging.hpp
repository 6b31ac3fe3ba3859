#pragma once
// Between device memory and what can only read or write host memory: files, above all.

#include <algorithm>

#include "fullshard/device/buffer.hpp"
#include "fullshard/device/copy.hpp"

namespace fullshard::device {

/// Host memory is used as it is; a GPU's passes through one pinned buffer, piece by piece.
class Staging {
 public:
  /// Calls fill(first, piece) to write the elements [first, first + piece.count) of `dst` into host memory.
  template <class Fill>
  void fill(DeviceSpan dst, Fill&& fill) {
    if (dst.device.is_host()) return fill(Elems{0}, dst);
    const Stream stream = Stream::computing(dst.device);
    for_each_piece(dst.count, dst.dtype, [&](Elems first, DeviceSpan piece) {
      fill(first, piece);
      device::copy(dst.slice(first, piece.count), piece, stream);
      stream.synchronize();
    });
  }

  /// Calls read(first, piece) with the elements [first, first + piece.count) of `src` in host memory.
  template <class Read>
  void read(ConstDeviceSpan src, Read&& read) {
    if (src.device.is_host()) return read(Elems{0}, src);
    const Stream stream = Stream::computing(src.device);
    for_each_piece(src.count, src.dtype, [&](Elems first, DeviceSpan piece) {
      device::copy(piece, src.slice(first, piece.count), stream);
      stream.synchronize();
      read(first, ConstDeviceSpan(piece));
    });
  }

 private:
  static constexpr Bytes kPiece{int64_t{64} << 20};

  template <class Visit>
  void for_each_piece(Elems count, DType dtype, Visit&& visit) {
    if (buffer_.size() < kPiece) buffer_ = PinnedBuffer(kPiece);
    const Elems most{kPiece.value / size_of(dtype)};
    for (Elems at; at < count; at += most)
      visit(at, DeviceSpan{buffer_.data(), std::min(most, count - at), dtype});
  }

  PinnedBuffer buffer_;
};

}  // namespace fullshard::device
