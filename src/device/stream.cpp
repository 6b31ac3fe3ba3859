#include "fullshard/device/stream.hpp"

#include "device/driver.hpp"

namespace fullshard::device {

void DestroyStream::operator()(CUstream_st* stream) const noexcept {
  driver::destroy(stream);
}

void DestroyEvent::operator()(CUevent_st* event) const noexcept {
  driver::destroy(event);
}

Stream::Stream(DeviceId device) : device_(device) {
  if (!device.is_host()) own_ = decltype(own_)(driver::make_stream(device.gpu));
}

Stream Stream::computing(DeviceId device) {
  Stream first;
  first.device_ = device;
  return first;
}

void Stream::wait(const Event& event) const {
  if (!device_.is_host()) driver::wait(get(), event.event_.get());
}

void Stream::synchronize() const {
  if (!device_.is_host()) driver::synchronize(get());
}

Event::Event(DeviceId device) {
  if (!device.is_host()) event_ = decltype(event_)(driver::make_event(device.gpu));
}

void Event::record(const Stream& stream) {
  if (event_) driver::record(event_.get(), stream.get());
}

bool Event::has_happened() const {
  return !event_ || driver::has_happened(event_.get());
}

void Event::synchronize() const {
  if (event_) driver::synchronize(event_.get());
}

double Event::seconds_since(const Event& earlier) const {
  return event_ ? driver::seconds_between(earlier.event_.get(), event_.get()) : 0;
}

}  // namespace fullshard::device
