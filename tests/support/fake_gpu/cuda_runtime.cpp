// The functions of the CUDA runtime that the program calls, on the fake device. Linked in front of CUDA's
// own.

#include <cuda_runtime_api.h>

#include <cstring>

#include "support/fake_gpu/device.hpp"

namespace fake = fullshard::test::fake_gpu;

namespace {

fake::Stream* of(cudaStream_t stream) {
  return reinterpret_cast<fake::Stream*>(stream);
}
fake::Event& of(cudaEvent_t event) {
  return *reinterpret_cast<fake::Event*>(event);
}
fake::Device& device() {
  return fake::Device::get();
}

}  // namespace

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 8;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int) {
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  std::memset(properties, 0, sizeof(*properties));
  std::strcpy(properties->name, "Fake GPU");
  return cudaSuccess;
}
cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  *total = size_t{64} << 30;
  *free = *total / 2;
  return cudaSuccess;
}
cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t) {
  return "an error of the fake device";
}
cudaError_t cudaMalloc(void** memory, size_t size) {
  *memory = device().allocate(size);
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  device().release(memory);
  return cudaSuccess;
}
cudaError_t cudaHostAlloc(void** memory, size_t size, unsigned) {
  *memory = device().allocate(size);
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  device().release(memory);
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  *stream = reinterpret_cast<cudaStream_t>(device().make_stream());
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  device().destroy(of(stream));
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  device().wait(of(stream), of(event));
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream != nullptr) device().finish(of(stream), of(stream)->launched);
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new fake::Event);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete &of(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  device().record(of(event), of(stream));
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  device().finish(of(event).stream, of(event).position + 1);
  return cudaSuccess;
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const fake::Event& e = of(event);
  return e.stream == nullptr || e.stream->done > e.position ? cudaSuccess : cudaErrorNotReady;
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  *milliseconds = static_cast<float>((*of(end).seconds - *of(begin).seconds) * 1e3);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* dst, const void* src, size_t size, cudaMemcpyKind, cudaStream_t stream) {
  device().launch(
      of(stream), [=] { std::memmove(dst, src, size); }, "copy");
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* memory, int value, size_t size, cudaStream_t stream) {
  device().launch(
      of(stream), [=] { std::memset(memory, value, size); }, "clear");
  return cudaSuccess;
}

}  // extern "C"
