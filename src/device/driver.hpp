#pragma once
// What this module asks of CUDA; one body per way of building (cuda/, cuda_absent/). Throws Error with what
// CUDA said, std::bad_alloc where memory is short.

#include <cstddef>

#include "fullshard/core/dtype.hpp"
#include "fullshard/device/gpus.hpp"

struct CUstream_st;
struct CUevent_st;

namespace fullshard::device::driver {

bool is_built_in();
int count();
std::string name(int gpu);
GpuMemory memory(int gpu);
/// For the calling thread.
void use(int gpu);

std::byte* allocate(int gpu, Bytes size);
void release(std::byte* memory) noexcept;
std::byte* allocate_pinned(Bytes size);
void release_pinned(std::byte* memory) noexcept;

CUstream_st* make_stream(int gpu);
void destroy(CUstream_st* stream) noexcept;
CUevent_st* make_event(int gpu);
void destroy(CUevent_st* event) noexcept;
void record(CUevent_st* event, CUstream_st* stream);
void wait(CUstream_st* stream, CUevent_st* event);
void synchronize(CUstream_st* stream);
void synchronize(CUevent_st* event);
bool has_happened(CUevent_st* event);
double seconds_between(CUevent_st* earlier, CUevent_st* later);

void copy(void* dst, const void* src, Bytes size, CUstream_st* stream);
void clear(void* memory, Bytes size, CUstream_st* stream);

// Kernels.
void add(float* sum, const float* x, Elems count, CUstream_st* stream);
void add(double* sum, const double* x, Elems count, CUstream_st* stream);
void to_bf16(void* dst, const float* src, Elems count, CUstream_st* stream);
void from_bf16(float* dst, const void* src, Elems count, CUstream_st* stream);

}  // namespace fullshard::device::driver
