// Source: CUDA Runtime API 13.0.

#include "device/driver.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <new>

#include "fullshard/core/error.hpp"

namespace fullshard::device::driver {

namespace {

// Clears the error that CUDA keeps, unless the device is lost for good.
void check(cudaError_t result, const char* what) {
  if (result == cudaSuccess) return;
  cudaGetLastError();
  if (result == cudaErrorMemoryAllocation) throw std::bad_alloc();
  throw DeviceError(what, cudaGetErrorString(result));
}

}  // namespace

bool is_built_in() {
  return true;
}

// No driver, or one that is too old, is no GPU.
int count() {
  int n = 0;
  if (cudaGetDeviceCount(&n) == cudaSuccess) return n;
  cudaGetLastError();
  return 0;
}

std::string name(int gpu) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, gpu), "cudaGetDeviceProperties");
  return properties.name;
}

GpuMemory memory(int gpu) {
  use(gpu);
  size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "cudaMemGetInfo");
  return {{static_cast<int64_t>(total)}, {static_cast<int64_t>(free)}};
}

void use(int gpu) {
  check(cudaSetDevice(gpu), "cudaSetDevice");
}

std::byte* allocate(int gpu, Bytes size) {
  use(gpu);
  void* memory = nullptr;
  check(cudaMalloc(&memory, static_cast<size_t>(std::max<int64_t>(1, size.value))), "cudaMalloc");
  return static_cast<std::byte*>(memory);
}

void release(std::byte* memory) noexcept {
  cudaFree(memory);
}

std::byte* allocate_pinned(Bytes size) {
  void* memory = nullptr;
  check(cudaHostAlloc(&memory, static_cast<size_t>(size.value), cudaHostAllocDefault), "cudaHostAlloc");
  return static_cast<std::byte*>(memory);
}

void release_pinned(std::byte* memory) noexcept {
  cudaFreeHost(memory);
}

CUstream_st* make_stream(int gpu) {
  use(gpu);
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return stream;
}

void destroy(CUstream_st* stream) noexcept {
  cudaStreamDestroy(stream);
}

CUevent_st* make_event(int gpu) {
  use(gpu);
  cudaEvent_t event = nullptr;
  check(cudaEventCreateWithFlags(&event, cudaEventDefault), "cudaEventCreateWithFlags");
  return event;
}

void destroy(CUevent_st* event) noexcept {
  cudaEventDestroy(event);
}

void record(CUevent_st* event, CUstream_st* stream) {
  check(cudaEventRecord(event, stream), "cudaEventRecord");
}

void wait(CUstream_st* stream, CUevent_st* event) {
  check(cudaStreamWaitEvent(stream, event, 0), "cudaStreamWaitEvent");
}

void synchronize(CUstream_st* stream) {
  check(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
}

void synchronize(CUevent_st* event) {
  check(cudaEventSynchronize(event), "cudaEventSynchronize");
}

bool has_happened(CUevent_st* event) {
  const cudaError_t result = cudaEventQuery(event);
  if (result != cudaErrorNotReady) check(result, "cudaEventQuery");
  return result == cudaSuccess;
}

double seconds_between(CUevent_st* earlier, CUevent_st* later) {
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, earlier, later), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) * 1e-3;
}

void copy(void* dst, const void* src, Bytes size, CUstream_st* stream) {
  check(cudaMemcpyAsync(dst, src, static_cast<size_t>(size.value), cudaMemcpyDefault, stream),
        "cudaMemcpyAsync");
}

void clear(void* memory, Bytes size, CUstream_st* stream) {
  check(cudaMemsetAsync(memory, 0, static_cast<size_t>(size.value), stream), "cudaMemsetAsync");
}

}  // namespace fullshard::device::driver
