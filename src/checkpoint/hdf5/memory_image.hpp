#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>

#include "fullshard/core/sizes.hpp"
#include "fullshard/hdf5/handles.hpp"

namespace fullshard::checkpoint::hdf5 {

using fullshard::hdf5::Driver;
using fullshard::hdf5::PropertyList;

/// A file that HDF5 writes into memory: the pages that it touches, and nothing for the space of datasets that
/// are never filled. HDF5 thus never meets a full disk, after which 1.10 crashes when MPI_Finalize ends it.
class MemoryImage {
 public:
  MemoryImage() = default;
  MemoryImage(const MemoryImage&) = delete;
  MemoryImage& operator=(const MemoryImage&) = delete;

  /// Makes `access`, a list of file access properties, open this image whatever name is opened. The image and
  /// the result, which is HDF5's driver, must outlive the file.
  Driver attach_to(const PropertyList& access, const std::filesystem::path& path);

  /// Gives `path` the image's size and writes the touched pages to it. Throws IoError.
  void copy_to(const std::filesystem::path& path) const;

  void read(int64_t at, std::byte* data, int64_t count) const;
  void write(int64_t at, const std::byte* data, int64_t count);
  /// HDF5's end of allocated space, which is the size of the file once it is closed.
  Bytes size;

 private:
  static constexpr int64_t kPage = 4096;
  using Page = std::array<std::byte, kPage>;
  std::map<int64_t, Page> pages_;  // by number
};

}  // namespace fullshard::checkpoint::hdf5
