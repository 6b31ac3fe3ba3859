#include "checkpoint/hdf5/memory_image.hpp"

#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <exception>

#include "checkpoint/hdf5/check.hpp"
#include "fullshard/core/error.hpp"
#include "fullshard/core/files.hpp"

namespace fullshard::checkpoint::hdf5 {

namespace {

// HDF5 copies this into the property list, and calls back with a file that begins with its own part.
struct DriverInfo {
  MemoryImage* image;
};
struct OpenImage {
  H5FD_t hdf5;
  MemoryImage* image;
};

MemoryImage& image_of(const H5FD_t* file) {
  return *reinterpret_cast<const OpenImage*>(file)->image;
}

H5FD_t* open_image(const char*, unsigned, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  return info == nullptr ? nullptr : &(new OpenImage{{}, info->image})->hdf5;
}

herr_t close_image(H5FD_t* file) {
  delete reinterpret_cast<OpenImage*>(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}

haddr_t end_of_allocation(const H5FD_t* file, H5FD_mem_t) {
  return static_cast<haddr_t>(image_of(file).size.value);
}

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t end) {
  image_of(file).size = {static_cast<int64_t>(end)};
  return 0;
}

herr_t read_image(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, size_t count, void* data) {
  image_of(file).read(static_cast<int64_t>(at), static_cast<std::byte*>(data), static_cast<int64_t>(count));
  return 0;
}

herr_t write_image(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t at, size_t count, const void* data) {
  try {
    image_of(file).write(static_cast<int64_t>(at), static_cast<const std::byte*>(data),
                         static_cast<int64_t>(count));
    return 0;
  } catch (const std::exception&) {
    return -1;  // no memory; an exception must not pass through HDF5
  }
}

H5FD_class_t driver_class() {
  H5FD_class_t c{};
#if H5_VERSION_GE(1, 13, 0)
  c.version = H5FD_CLASS_VERSION;
  c.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 1);
#endif
  c.name = "fullshard_memory";
  c.maxaddr = haddr_t{1} << 62;
  c.fc_degree = H5F_CLOSE_WEAK;
  c.fapl_size = sizeof(DriverInfo);
  c.open = open_image;
  c.close = close_image;
  c.query = query;
  c.get_eoa = end_of_allocation;
  c.set_eoa = set_end_of_allocation;
  c.get_eof = end_of_allocation;
  c.read = read_image;
  c.write = write_image;
  constexpr H5FD_mem_t kLists[] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(kLists), std::end(kLists), std::begin(c.fl_map));
  return c;
}

}  // namespace

Driver MemoryImage::attach_to(const PropertyList& access, const std::filesystem::path& path) {
  static const H5FD_class_t driver = driver_class();  // HDF5 keeps a pointer to it in some versions
  auto registered = own<Driver>(H5FDregister(&driver), path, "H5FDregister");
  const DriverInfo info{this};
  check(H5Pset_driver(access.get(), registered.get(), &info), path, "H5Pset_driver");
  return registered;
}

void MemoryImage::read(int64_t at, std::byte* data, int64_t count) const {
  for (int64_t done = 0; done < count;) {
    const int64_t in_page = (at + done) % kPage, n = std::min(kPage - in_page, count - done);
    const auto page = pages_.find((at + done) / kPage);
    if (page == pages_.end())
      std::memset(data + done, 0, static_cast<size_t>(n));
    else
      std::memcpy(data + done, page->second.data() + in_page, static_cast<size_t>(n));
    done += n;
  }
}

void MemoryImage::write(int64_t at, const std::byte* data, int64_t count) {
  for (int64_t done = 0; done < count;) {
    const int64_t in_page = (at + done) % kPage, n = std::min(kPage - in_page, count - done);
    Page& page = pages_.try_emplace((at + done) / kPage).first->second;
    std::memcpy(page.data() + in_page, data + done, static_cast<size_t>(n));
    done += n;
  }
}

void MemoryImage::copy_to(const std::filesystem::path& path) const {
  const FileDescriptor out = open_file(path, O_RDWR | O_CREAT);
  if (::ftruncate(out.get(), size.value) != 0)
    throw IoError(path, -1, "cannot set the size: " + errno_text(errno));
  for (const auto& [number, page] : pages_)
    if (const int64_t at = number * kPage; at < size.value)
      write_at(out, path, page.data(), std::min(kPage, size.value - at), at);
}

}  // namespace fullshard::checkpoint::hdf5
