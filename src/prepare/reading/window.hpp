#pragma once

#include <memory>
#include <string_view>

#include "fullshard/prepare/byte_stream.hpp"

namespace fullshard::prepare {

/// The part of a stream that somebody looks at: grows at its end, is dropped from its beginning.
class Window {
 public:
  explicit Window(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

  /// Valid until more() or seek().
  std::string_view view() const { return {room_.get() + begin_, end_ - begin_}; }
  /// Of the view's first byte.
  int64_t offset() const { return offset_; }
  /// Reads on; false where the stream has ended.
  bool more();
  void drop(size_t count);
  /// Begins anew at `offset`, or at the end if that comes first.
  void seek(int64_t offset);

  ByteStream& bytes() { return *bytes_; }
  const ByteStream& bytes() const { return *bytes_; }

 private:
  std::unique_ptr<ByteStream> bytes_;
  std::unique_ptr<char[]> room_;
  size_t size_ = 0, begin_ = 0, end_ = 0;  // of the room; what is looked at lies in [begin, end)
  size_t read_ = 32 << 10;                 // bytes that the next read asks for
  int64_t offset_ = 0;
};

}  // namespace fullshard::prepare
