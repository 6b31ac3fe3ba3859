#include "support/fake_gpu/device.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "fullshard/core/check.hpp"
#include "fullshard/core/clock.hpp"

namespace fullshard::test::fake_gpu {

Device& Device::get() {
  static Device device;
  return device;
}

void* Device::allocate(size_t bytes) {
  const size_t size = (bytes + 4095) / 4096 * 4096;
  void* memory = std::aligned_alloc(4096, size);
  std::memset(memory, 0xff, size);
  allocations_[memory] = size;
  return memory;
}

void Device::release(void* memory) {
  if (memory == nullptr) return;
  finish_all();
  const auto found = allocations_.find(memory);
  FS_CHECK(found != allocations_.end(), "freed what was not allocated");
  std::memset(memory, 0xff, found->second);
  allocations_.erase(found);
  std::free(memory);
}

void Device::launch(Stream* stream, Work work, const std::string& what) {
  log.push_back(what + " " + std::to_string(number_of(stream)));
  if (stream == nullptr) return work();
  stream->waiting.push_back(std::move(work));
  ++stream->launched;
}

void Device::record(Event& event, Stream* stream) {
  log.push_back("record " + std::to_string(number_of(stream)));
  event = {stream, stream ? stream->launched : 0, std::make_shared<double>(steady_seconds())};
  if (stream)
    launch(
        stream, [seconds = event.seconds] { *seconds = steady_seconds(); }, "tick");
}

void Device::wait(Stream* stream, const Event& event) {
  log.push_back("wait " + std::to_string(number_of(stream)));
  if (stream == nullptr) return finish(event.stream, event.position);
  if (event.stream == nullptr || event.stream == stream) return;  // has happened, or will have
  stream->waiting.push_back([this, event] { finish(event.stream, event.position); });
  ++stream->launched;
}

void Device::finish(Stream* stream, size_t position) {
  if (stream == nullptr || std::ranges::find(streams_, stream) == streams_.end()) return;
  while (stream->done < position) {
    const Work work = std::move(stream->waiting.front());
    stream->waiting.pop_front();
    ++stream->done;
    work();
  }
}

void Device::finish_all() {
  for (Stream* s : streams_)
    if (s) finish(s, s->launched);
}

Stream* Device::make_stream() {
  streams_.push_back(new Stream);
  return streams_.back();
}

void Device::destroy(Stream* stream) {
  finish(stream, stream->launched);
  std::ranges::replace(streams_, stream, static_cast<Stream*>(nullptr));
  delete stream;
}

int Device::number_of(const Stream* stream) const {
  if (stream == nullptr) return 0;
  return 1 + static_cast<int>(std::ranges::find(streams_, stream) - streams_.begin());
}

}  // namespace fullshard::test::fake_gpu
