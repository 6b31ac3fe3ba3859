// What sums of slices need. Each element is one thread's, so no result depends on the launch.

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <algorithm>

#include "device/driver.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::device::driver {

namespace kernel {

template <class T>
__global__ void add(T* sum, const T* x, int64_t count) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < count;
       i += int64_t{gridDim.x} * blockDim.x)
    sum[i] += x[i];
}

__global__ void to_bf16(__nv_bfloat16* dst, const float* src, int64_t count) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < count;
       i += int64_t{gridDim.x} * blockDim.x)
    dst[i] = __float2bfloat16_rn(src[i]);
}

__global__ void from_bf16(float* dst, const __nv_bfloat16* src, int64_t count) {
  for (int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x; i < count;
       i += int64_t{gridDim.x} * blockDim.x)
    dst[i] = __bfloat162float(src[i]);
}

}  // namespace kernel

namespace {

constexpr int kThreads = 256;
constexpr int64_t kMostBlocks = 4096;

template <class Kernel, class Dst, class Src>
void launch(Kernel kernel, Dst* dst, const Src* src, Elems count, cudaStream_t stream) {
  if (count.value == 0) return;
  const auto blocks = static_cast<unsigned>(std::min((count.value + kThreads - 1) / kThreads, kMostBlocks));
  kernel<<<blocks, kThreads, 0, stream>>>(dst, src, count.value);
  if (const cudaError_t result = cudaGetLastError(); result != cudaSuccess)
    throw DeviceError("a kernel's launch", cudaGetErrorString(result));
}

}  // namespace

void add(float* sum, const float* x, Elems count, CUstream_st* stream) {
  launch(kernel::add<float>, sum, x, count, stream);
}

void add(double* sum, const double* x, Elems count, CUstream_st* stream) {
  launch(kernel::add<double>, sum, x, count, stream);
}

void to_bf16(void* dst, const float* src, Elems count, CUstream_st* stream) {
  launch(kernel::to_bf16, static_cast<__nv_bfloat16*>(dst), src, count, stream);
}

void from_bf16(float* dst, const void* src, Elems count, CUstream_st* stream) {
  launch(kernel::from_bf16, dst, static_cast<const __nv_bfloat16*>(src), count, stream);
}

}  // namespace fullshard::device::driver
