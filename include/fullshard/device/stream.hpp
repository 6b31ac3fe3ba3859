#pragma once
// Order of work on a GPU. The host has one order, that of its program, and its streams and events do nothing.

#include "fullshard/core/handle.hpp"
#include "fullshard/core/ids.hpp"

struct CUstream_st;
struct CUevent_st;

namespace fullshard::device {

struct DestroyStream {
  void operator()(CUstream_st* stream) const noexcept;
};
struct DestroyEvent {
  void operator()(CUevent_st* event) const noexcept;
};

class Event;

/// Work on a stream happens in the order in which it was launched. Move-only.
class Stream {
 public:
  /// The host's.
  Stream() = default;
  /// A stream of its own, beside the one that computes.
  explicit Stream(DeviceId device);
  /// The device's first stream, on which ATen computes. Not owned.
  static Stream computing(DeviceId device);

  DeviceId device() const { return device_; }
  /// Null is the stream that computes.
  CUstream_st* get() const { return own_.get(); }

  /// What is launched here from now on happens after the event.
  void wait(const Event& event) const;
  /// Returns when all that was launched here has happened.
  void synchronize() const;

 private:
  DeviceId device_;
  Handle<CUstream_st*, nullptr, DestroyStream> own_;
};

/// A moment of a stream. Move-only.
class Event {
 public:
  explicit Event(DeviceId device);

  /// Is now what was launched on the stream so far.
  void record(const Stream& stream);
  bool has_happened() const;
  void synchronize() const;
  /// Both have happened. 0 on the host.
  double seconds_since(const Event& earlier) const;

 private:
  friend class Stream;
  Handle<CUevent_st*, nullptr, DestroyEvent> event_;
};

}  // namespace fullshard::device
