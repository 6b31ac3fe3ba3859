#pragma once
// Views of flat memory that know their dtype and their number of elements, so that no function takes (void*,
// size_t).

#include <cstddef>
#include <span>
#include <type_traits>

#include "fullshard/core/check.hpp"
#include "fullshard/core/ids.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard {

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<double>() {
  return DType::F64;
}
template <>
constexpr DType dtype_of<float>() {
  return DType::F32;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::I64;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::I32;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::U8;
}

/// Memory of a device (the host is one), untyped at compile time. `Byte` is std::byte or const std::byte.
template <class Byte>
struct BasicDeviceSpan {
  Byte* data = nullptr;
  Elems count;
  DType dtype = DType::F32;
  DeviceId device = kHost;

  Bytes size() const { return bytes(count, dtype); }
  BasicDeviceSpan slice(Elems offset, Elems n) const {
    FS_CHECK(offset.value >= 0 && n.value >= 0 && offset + n <= count, "slice [{}, +{}) of {} elements",
             offset.value, n.value, count.value);
    return {data + bytes(offset, dtype).value, n, dtype, device};
  }
  /// Host memory's alone.
  template <class T>
  auto as() const {
    using Q = std::conditional_t<std::is_const_v<Byte>, const T, T>;
    FS_CHECK(device.is_host(), "elements of GPU {} read from the host", device.gpu);
    FS_CHECK(dtype_of<T>() == dtype, "span of {} read as {}", name_of(dtype), name_of(dtype_of<T>()));
    return std::span<Q>(reinterpret_cast<Q*>(data), static_cast<size_t>(count.value));
  }
  operator BasicDeviceSpan<const std::byte>() const { return {data, count, dtype, device}; }
};

using DeviceSpan = BasicDeviceSpan<std::byte>;
using ConstDeviceSpan = BasicDeviceSpan<const std::byte>;

template <class T>
DeviceSpan device_span(std::span<T> s) requires(!std::is_const_v<T>) {
  return {std::as_writable_bytes(s).data(), {static_cast<int64_t>(s.size())}, dtype_of<T>()};
}
template <class T>
ConstDeviceSpan device_span(std::span<const T> s) {
  return {std::as_bytes(s).data(), {static_cast<int64_t>(s.size())}, dtype_of<T>()};
}

}  // namespace fullshard
