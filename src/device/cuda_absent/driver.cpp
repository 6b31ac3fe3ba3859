// A program without CUDA: it sees no GPU, so nobody has one to ask anything of.

#include "device/driver.hpp"

#include "fullshard/core/check.hpp"

namespace fullshard::device::driver {

namespace {

[[noreturn]] void absent() {
  FS_CHECK(false, "this program was built without CUDA");
}

}  // namespace

bool is_built_in() {
  return false;
}
int count() {
  return 0;
}
std::string name(int) {
  absent();
}
GpuMemory memory(int) {
  absent();
}
void use(int) {
  absent();
}
std::byte* allocate(int, Bytes) {
  absent();
}
void release(std::byte*) noexcept {}
std::byte* allocate_pinned(Bytes) {
  absent();
}
void release_pinned(std::byte*) noexcept {}
CUstream_st* make_stream(int) {
  absent();
}
void destroy(CUstream_st*) noexcept {}
CUevent_st* make_event(int) {
  absent();
}
void destroy(CUevent_st*) noexcept {}
void record(CUevent_st*, CUstream_st*) {
  absent();
}
void wait(CUstream_st*, CUevent_st*) {
  absent();
}
void synchronize(CUstream_st*) {
  absent();
}
void synchronize(CUevent_st*) {
  absent();
}
bool has_happened(CUevent_st*) {
  absent();
}
double seconds_between(CUevent_st*, CUevent_st*) {
  absent();
}
void copy(void*, const void*, Bytes, CUstream_st*) {
  absent();
}
void clear(void*, Bytes, CUstream_st*) {
  absent();
}
void add(float*, const float*, Elems, CUstream_st*) {
  absent();
}
void add(double*, const double*, Elems, CUstream_st*) {
  absent();
}
void to_bf16(void*, const float*, Elems, CUstream_st*) {
  absent();
}
void from_bf16(float*, const void*, Elems, CUstream_st*) {
  absent();
}

}  // namespace fullshard::device::driver
