#include "fullshard/device/copy.hpp"

#include <cstring>

#include "device/driver.hpp"

namespace fullshard::device {

namespace {

template <class T>
T* typed(DeviceSpan s) {
  return reinterpret_cast<T*>(s.data);
}
template <class T>
const T* typed(ConstDeviceSpan s) {
  return reinterpret_cast<const T*>(s.data);
}

}  // namespace

void copy(DeviceSpan dst, ConstDeviceSpan src, const Stream& stream) {
  FS_CHECK(dst.dtype == src.dtype && dst.count == src.count, "copy of {} {} to {} {}", src.count.value,
           name_of(src.dtype), dst.count.value, name_of(dst.dtype));
  if (dst.data == src.data || dst.count == Elems{0}) return;
  if (dst.device.is_host() && src.device.is_host())
    std::memcpy(dst.data, src.data, static_cast<size_t>(src.size().value));
  else
    driver::copy(dst.data, src.data, src.size(), stream.get());
}

void clear(DeviceSpan memory, const Stream& stream) {
  if (memory.device.is_host())
    std::memset(memory.data, 0, static_cast<size_t>(memory.size().value));
  else
    driver::clear(memory.data, memory.size(), stream.get());
}

void clear(DeviceSpan memory) {
  const Stream computing = Stream::computing(memory.device);
  clear(memory, computing);
  computing.synchronize();
}

void add(DeviceSpan sum, ConstDeviceSpan x, const Stream& stream) {
  FS_CHECK(sum.dtype == x.dtype && sum.count == x.count, "sum of {} {} and {} {}", sum.count.value,
           name_of(sum.dtype), x.count.value, name_of(x.dtype));
  FS_CHECK(!sum.device.is_host() && (sum.dtype == DType::F32 || sum.dtype == DType::F64), "sum in {}",
           name_of(sum.dtype));
  if (sum.dtype == DType::F64)
    driver::add(typed<double>(sum), typed<double>(x), sum.count, stream.get());
  else
    driver::add(typed<float>(sum), typed<float>(x), sum.count, stream.get());
}

void convert(DeviceSpan dst, ConstDeviceSpan src, const Stream& stream) {
  FS_CHECK(dst.count == src.count && !dst.device.is_host(), "conversion of {} elements into {}",
           src.count.value, dst.count.value);
  if (dst.dtype == DType::BF16 && src.dtype == DType::F32)
    return driver::to_bf16(dst.data, typed<float>(src), dst.count, stream.get());
  FS_CHECK(dst.dtype == DType::F32 && src.dtype == DType::BF16, "conversion of {} to {}", name_of(src.dtype),
           name_of(dst.dtype));
  driver::from_bf16(typed<float>(dst), src.data, dst.count, stream.get());
}

}  // namespace fullshard::device
