#include "fullshard/convert/safetensors.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "fullshard/core/convert_dtype.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::convert {

static_assert(std::endian::native == std::endian::little,
              "safetensors are little-endian, and we read them as they are");

namespace {

constexpr int64_t kPiece = int64_t{4} << 20;

int64_t size_of_file(const FileDescriptor& fd, const std::filesystem::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw IoError(path, -1, "cannot stat: " + errno_text(errno));
  if (!S_ISREG(status.st_mode)) throw ModelError(path, "expected a safetensors file, found no regular file");
  return status.st_size;
}

int64_t read_header_size(const FileDescriptor& fd, const std::filesystem::path& path, int64_t file_size) {
  if (file_size < 8)
    throw ModelError(
        path, fmt::format("header: expected at least 8 bytes, the file has {}; fetch it again", file_size));
  uint64_t size = 0;
  read_at(fd, path, &size, 8, 0);
  if (size > uint64_t{kLargestSafetensorsHeader})
    throw ModelError(path, fmt::format("header: expected at most {} bytes, found a length of {}; this is no "
                                       "safetensors file, or it is damaged",
                                       kLargestSafetensorsHeader, size));
  if (size > static_cast<uint64_t>(file_size - 8))
    throw ModelError(
        path, fmt::format("header: expected {} bytes, the file ends after {}; it was cut, fetch it again",
                          size, file_size - 8));
  return static_cast<int64_t>(size);
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::filesystem::path path, FileDescriptor fd, SafetensorsHeader header)
    : path_(std::move(path)), fd_(std::move(fd)), header_(std::move(header)) {
  for (size_t i = 0; i < header_.tensors.size(); ++i) index_.emplace(header_.tensors[i].name, i);
}

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    throw ModelError(path, "expected a safetensors file, found none");
  FileDescriptor fd = open_file(path, O_RDONLY);
  const int64_t file_size = size_of_file(fd, path);
  const int64_t header_size = read_header_size(fd, path, file_size);
  std::string json(static_cast<size_t>(header_size), '\0');
  read_at(fd, path, json.data(), header_size, 8);
  SafetensorsHeader header = parse_safetensors_header(json, file_size - 8 - header_size, path);
  for (TensorInfo& t : header.tensors) t.offset += 8 + header_size;
  return SafetensorsFile(path, std::move(fd), std::move(header));
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &header_.tensors[it->second];
}

void SafetensorsFile::read_ahead(const TensorInfo& tensor, Elems first, Elems count) const {
  if (!tensor.dtype) return;
  // The rest of a large one is fetched while it is read.
  const int64_t size = std::min(bytes(count, *tensor.dtype).value, 4 * kPiece);
  fullshard::read_ahead(fd_, size, tensor.offset + bytes(first, *tensor.dtype).value);
}

void SafetensorsFile::read(const TensorInfo& tensor, Elems first, DeviceSpan dst) const {
  FS_CHECK(first.value >= 0 && first + dst.count <= tensor.count(), "elements [{}, +{}) of {} in '{}'",
           first.value, dst.count.value, tensor.count().value, tensor.name);
  const bool same = tensor.dtype == dst.dtype;
  if (!tensor.dtype || (!same && !(is_floating(*tensor.dtype) && is_floating(dst.dtype))))
    throw ModelError(
        path_, fmt::format("tensor '{}': {} cannot be read as {}; convert the model to bfloat16, float16 "
                           "or float32 first",
                           tensor.name, tensor.stored_dtype, name_of(dst.dtype)));
  const int64_t begin = tensor.offset + bytes(first, *tensor.dtype).value;
  if (same) return read_at(fd_, path_, dst.data, dst.size().value, begin);

  const Elems piece{std::min(dst.count.value, kPiece / size_of(*tensor.dtype))};
  std::vector<std::byte> staging(static_cast<size_t>(bytes(piece, *tensor.dtype).value));
  for (Elems done; done < dst.count; done += piece) {
    const Elems n = std::min(piece, dst.count - done);
    const DeviceSpan stored{staging.data(), n, *tensor.dtype};
    const Elems next = std::min(done + piece, dst.count), after = std::min(next + piece + piece, dst.count);
    fullshard::read_ahead(fd_, bytes(after - next, *tensor.dtype).value,
                          begin + bytes(next, *tensor.dtype).value);
    read_at(fd_, path_, stored.data, stored.size().value, begin + bytes(done, *tensor.dtype).value);
    convert_dtype(dst.slice(done, n), stored);
  }
}

void SafetensorsFile::read_bytes(const TensorInfo& tensor, Bytes first, std::span<std::byte> dst) const {
  const auto size = static_cast<int64_t>(dst.size());
  FS_CHECK(first.value >= 0 && first + Bytes{size} <= tensor.size, "bytes [{}, +{}) of {} in '{}'",
           first.value, size, tensor.size.value, tensor.name);
  read_at(fd_, path_, dst.data(), size, tensor.offset + first.value);
}

}  // namespace fullshard::convert
