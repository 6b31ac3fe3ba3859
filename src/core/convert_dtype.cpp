#include "fullshard/core/convert_dtype.hpp"

#include <cstring>

#include "fullshard/core/bf16.hpp"

namespace fullshard {

namespace {

template <class T>
T load(const std::byte* p, int64_t i) {
  T x;
  std::memcpy(&x, p + i * static_cast<int64_t>(sizeof x), sizeof x);
  return x;
}

template <class T>
void store(std::byte* p, int64_t i, T x) {
  std::memcpy(p + i * static_cast<int64_t>(sizeof x), &x, sizeof x);
}

// Each format as its bits and as the value in the narrower of float and double that holds it exactly.
template <DType>
struct Format;
template <>
struct Format<DType::F64> {
  static double get(const std::byte* p, int64_t i) { return load<double>(p, i); }
  static void put(std::byte* p, int64_t i, double x) { store(p, i, x); }
};
template <>
struct Format<DType::F32> {
  static float get(const std::byte* p, int64_t i) { return load<float>(p, i); }
  static void put(std::byte* p, int64_t i, float x) { store(p, i, x); }
  static void put(std::byte* p, int64_t i, double x) { store(p, i, static_cast<float>(x)); }
};
template <>
struct Format<DType::F16> {
  static float get(const std::byte* p, int64_t i) { return float_from_f16(load<uint16_t>(p, i)); }
  static void put(std::byte* p, int64_t i, float x) { store(p, i, f16_from_float(x)); }
  static void put(std::byte* p, int64_t i, double x) { put(p, i, float_rounded_to_odd(x)); }
};
template <>
struct Format<DType::BF16> {
  static float get(const std::byte* p, int64_t i) { return to_float(load<BF16>(p, i)); }
  static void put(std::byte* p, int64_t i, float x) { store(p, i, to_bf16(x)); }
  static void put(std::byte* p, int64_t i, double x) { put(p, i, float_rounded_to_odd(x)); }
};

template <DType From, DType To>
void convert(std::byte* __restrict dst, const std::byte* __restrict src, int64_t n) {
  for (int64_t i = 0; i < n; ++i) Format<To>::put(dst, i, Format<From>::get(src, i));
}

template <DType From>
void convert_from(DeviceSpan dst, const std::byte* src) {
  switch (dst.dtype) {
    case DType::F64:
      return convert<From, DType::F64>(dst.data, src, dst.count.value);
    case DType::F32:
      return convert<From, DType::F32>(dst.data, src, dst.count.value);
    case DType::F16:
      return convert<From, DType::F16>(dst.data, src, dst.count.value);
    default:
      return convert<From, DType::BF16>(dst.data, src, dst.count.value);
  }
}

}  // namespace

void convert_dtype(DeviceSpan dst, ConstDeviceSpan src) {
  FS_CHECK(dst.count == src.count, "{} elements converted into {}", src.count.value, dst.count.value);
  if (dst.count.value == 0) return;
  if (dst.dtype == src.dtype) {
    std::memcpy(dst.data, src.data, static_cast<size_t>(src.size().value));
    return;
  }
  FS_CHECK(is_floating(dst.dtype) && is_floating(src.dtype), "{} converted into {}", name_of(src.dtype),
           name_of(dst.dtype));
  switch (src.dtype) {
    case DType::F64:
      return convert_from<DType::F64>(dst, src.data);
    case DType::F32:
      return convert_from<DType::F32>(dst, src.data);
    case DType::F16:
      return convert_from<DType::F16>(dst, src.data);
    default:
      return convert_from<DType::BF16>(dst, src.data);
  }
}

}  // namespace fullshard
