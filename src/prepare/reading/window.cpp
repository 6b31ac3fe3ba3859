#include "prepare/reading/window.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace fullshard::prepare {

// The room doubles where a row fills it, and is never cleared: a read costs what it reads. Reads double, too,
// up to what parallel file systems like: a small file takes little.
bool Window::more() {
  constexpr size_t kLargestRead = 1 << 20;
  std::copy(room_.get() + begin_, room_.get() + end_, room_.get());
  end_ -= std::exchange(begin_, 0);
  if (size_ - end_ < read_) {
    size_ = std::max(2 * end_, end_ + read_);
    auto larger = std::make_unique_for_overwrite<char[]>(size_);
    std::copy_n(room_.get(), end_, larger.get());
    room_ = std::move(larger);
  }
  const size_t n = bytes_->read(std::span(room_.get() + end_, read_));
  end_ += n;
  if (n == read_) read_ = std::min(2 * read_, kLargestRead);
  return n > 0;
}

void Window::drop(size_t count) {
  begin_ += count;
  offset_ += static_cast<int64_t>(count);
}

void Window::seek(int64_t offset) {
  if (const int64_t ahead = offset - offset_; ahead >= 0 && ahead <= static_cast<int64_t>(view().size()))
    return drop(static_cast<size_t>(ahead));
  begin_ = end_ = 0;
  offset_ = bytes_->seek(offset);
}

}  // namespace fullshard::prepare
