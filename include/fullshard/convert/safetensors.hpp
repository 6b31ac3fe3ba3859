#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string_view>
#include <unordered_map>

#include "fullshard/convert/safetensors_header.hpp"
#include "fullshard/core/files.hpp"
#include "fullshard/core/span.hpp"

namespace fullshard::convert {

/// One safetensors file, open for reading, its header checked against its size. Reads are pread(2): several
/// processes and threads may share the file.
class SafetensorsFile {
 public:
  /// Throws ModelError for a file that is absent or breaks the format, IoError where the system refuses.
  static SafetensorsFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  /// In the order of their bytes.
  std::span<const TensorInfo> tensors() const { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }
  /// Null if the file has no such tensor.
  const TensorInfo* find(std::string_view name) const;

  /// Reads elements [first, first + dst.count) of `tensor`, converting them to dst's dtype (see
  /// convert_dtype), in pieces of a few MiB.
  ///
  /// Throws      ModelError for a dtype that does not convert, IoError if the file fails or has shrunk
  void read(const TensorInfo& tensor, Elems first, DeviceSpan dst) const;
  /// Reads bytes [first, first + dst.size()) of `tensor` as they are stored, whatever its dtype. Throws
  /// IoError.
  void read_bytes(const TensorInfo& tensor, Bytes first, std::span<std::byte> dst) const;
  /// Has the disk fetch the beginning of those elements, which will be read soon.
  void read_ahead(const TensorInfo& tensor, Elems first, Elems count) const;

 private:
  SafetensorsFile(std::filesystem::path path, FileDescriptor fd, SafetensorsHeader header);

  std::filesystem::path path_;
  FileDescriptor fd_;
  SafetensorsHeader header_;
  std::unordered_map<std::string_view, size_t> index_;  // views of names in header_, which never changes
};

}  // namespace fullshard::convert
