#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fullshard/prepare/byte_stream.hpp"

namespace fullshard::prepare {

/// The part of a stream that somebody looks at: grows at its end, is dropped from its beginning.
class Window {
 public:
  explicit Window(std::unique_ptr<ByteStream> bytes) : bytes_(std::move(bytes)) {}

  /// Valid until more() or seek().
  std::string_view view() const { return std::string_view(buffer_).substr(begin_); }
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
  std::string buffer_;
  size_t begin_ = 0;
  int64_t offset_ = 0;
};

}  // namespace fullshard::prepare
