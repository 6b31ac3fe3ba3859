#pragma once

#include <utility>

namespace fullshard {

/// The one owner of a C resource: move-only, closed once, never throws. `kNone` is the value of "no
/// resource".
template <class T, T kNone, class Deleter>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T raw) noexcept : raw_(raw) {}
  Handle(Handle&& other) noexcept : raw_(std::exchange(other.raw_, kNone)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      raw_ = std::exchange(other.raw_, kNone);
    }
    return *this;
  }
  ~Handle() { reset(); }

  T get() const noexcept { return raw_; }
  explicit operator bool() const noexcept { return raw_ != kNone; }
  T release() noexcept { return std::exchange(raw_, kNone); }
  void reset() noexcept {
    if (raw_ != kNone) Deleter{}(std::exchange(raw_, kNone));
  }

 private:
  T raw_ = kNone;
};

}  // namespace fullshard
