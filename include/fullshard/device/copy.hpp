#pragma once
// Flat memory moved, cleared and added on whatever device it is.

#include "fullshard/core/span.hpp"
#include "fullshard/device/stream.hpp"

namespace fullshard::device {

/// dst = src, of one dtype and count, between any two devices; no overlap, or the same memory.
///
/// Ordering   on the stream. Where one side is the host, finished on return unless that side is pinned
void copy(DeviceSpan dst, ConstDeviceSpan src, const Stream& stream);

/// Zero bits, on the stream.
void clear(DeviceSpan memory, const Stream& stream);
/// The same, there when it returns: for fresh memory, which any stream may use next.
void clear(DeviceSpan memory);

/// sum += x on the stream, in GPU memory.   fp32 or fp64, of one dtype and count
void add(DeviceSpan sum, ConstDeviceSpan x, const Stream& stream);

/// dst = src rounded to nearest even or widened, on the stream, in GPU memory.   fp32 to bf16 and back
void convert(DeviceSpan dst, ConstDeviceSpan src, const Stream& stream);

}  // namespace fullshard::device
