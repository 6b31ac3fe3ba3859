#pragma once

#include <algorithm>

#include "fullshard/core/files.hpp"
#include "fullshard/prepare/byte_stream.hpp"

namespace fullshard::prepare {

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(const std::filesystem::path& path);
  size_t read(std::span<char> room) override;
  int64_t seek(int64_t offset) override { return at_ = std::clamp<int64_t>(offset, 0, size_); }
  int64_t file_bytes_taken() const override { return at_; }
  int64_t file_bytes() const override { return size_; }

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  int64_t size_ = 0;
  int64_t at_ = 0;
};

}  // namespace fullshard::prepare
