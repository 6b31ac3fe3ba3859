#include "prepare/window.hpp"

namespace fullshard::prepare {

namespace {

constexpr size_t kChunk = 1 << 20;

}  // namespace

bool Window::more() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const size_t kept = buffer_.size();
  buffer_.resize(kept + kChunk);
  const size_t n = bytes_->read(std::span(buffer_).subspan(kept));
  buffer_.resize(kept + n);
  return n > 0;
}

void Window::drop(size_t count) {
  begin_ += count;
  offset_ += static_cast<int64_t>(count);
}

void Window::seek(int64_t offset) {
  if (const int64_t ahead = offset - offset_; ahead >= 0 && ahead <= static_cast<int64_t>(view().size()))
    return drop(static_cast<size_t>(ahead));
  buffer_.clear();
  begin_ = 0;
  offset_ = bytes_->seek(offset);
}

}  // namespace fullshard::prepare
