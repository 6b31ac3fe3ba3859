// Host twins of src/device/cuda/kernels.cu, on the fake device.

#include "device/driver.hpp"
#include "fullshard/core/bf16.hpp"
#include "support/fake_gpu/device.hpp"

namespace fullshard::device::driver {

namespace {

template <class Each>
void launch(CUstream_st* stream, const char* what, Elems count, Each&& each) {
  test::fake_gpu::Device::get().launch(
      reinterpret_cast<test::fake_gpu::Stream*>(stream),
      [=] {
        for (int64_t i = 0; i < count.value; ++i) each(i);
      },
      what);
}

}  // namespace

void add(float* sum, const float* x, Elems count, CUstream_st* stream) {
  launch(stream, "add", count, [=](int64_t i) { sum[i] += x[i]; });
}

void add(double* sum, const double* x, Elems count, CUstream_st* stream) {
  launch(stream, "add", count, [=](int64_t i) { sum[i] += x[i]; });
}

void to_bf16(void* dst, const float* src, Elems count, CUstream_st* stream) {
  launch(stream, "to_bf16", count,
         [to = static_cast<BF16*>(dst), src](int64_t i) { to[i] = fullshard::to_bf16(src[i]); });
}

void from_bf16(float* dst, const void* src, Elems count, CUstream_st* stream) {
  launch(stream, "from_bf16", count,
         [dst, from = static_cast<const BF16*>(src)](int64_t i) { dst[i] = to_float(from[i]); });
}

}  // namespace fullshard::device::driver
