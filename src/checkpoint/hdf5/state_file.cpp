#include "checkpoint/hdf5/state_file.hpp"

#include <hdf5.h>

#include <map>
#include <string>

#include "checkpoint/hdf5/check.hpp"
#include "checkpoint/hdf5/memory_image.hpp"
#include "fullshard/core/check.hpp"
#include "fullshard/hdf5/handles.hpp"

namespace fullshard::checkpoint::hdf5 {

namespace {

using fullshard::hdf5::Dataset;
using fullshard::hdf5::Dataspace;
using fullshard::hdf5::Datatype;
using fullshard::hdf5::File;
using fullshard::hdf5::Group;
using fullshard::hdf5::QuietErrors;

struct FloatFormat {
  size_t sign, exponent, exponent_bits, mantissa_bits;
  size_t bias;
};

// HDF5 1.10 has no 2-byte floats of its own, but describes any IEEE-like one.
Datatype two_byte_float(const std::filesystem::path& path, FloatFormat f) {
  auto type = own<Datatype>(H5Tcopy(H5T_IEEE_F32LE), path, "H5Tcopy");
  // The size last: the fields of a 4-byte float would not fit in two bytes.
  check(H5Tset_fields(type.get(), f.sign, f.exponent, f.exponent_bits, 0, f.mantissa_bits), path,
        "H5Tset_fields");
  check(H5Tset_ebias(type.get(), f.bias), path, "H5Tset_ebias");
  check(H5Tset_precision(type.get(), 16), path, "H5Tset_precision");
  check(H5Tset_size(type.get(), 2), path, "H5Tset_size");
  return type;
}

Datatype datatype_of(DType t, const std::filesystem::path& path) {
  switch (t) {
    case DType::F64:
      return own<Datatype>(H5Tcopy(H5T_IEEE_F64LE), path, "H5Tcopy");
    case DType::F32:
      return own<Datatype>(H5Tcopy(H5T_IEEE_F32LE), path, "H5Tcopy");
    case DType::F16:
      return two_byte_float(
          path, {.sign = 15, .exponent = 10, .exponent_bits = 5, .mantissa_bits = 10, .bias = 15});
    case DType::BF16:
      return two_byte_float(path,
                            {.sign = 15, .exponent = 7, .exponent_bits = 8, .mantissa_bits = 7, .bias = 127});
    case DType::I64:
      return own<Datatype>(H5Tcopy(H5T_STD_I64LE), path, "H5Tcopy");
    case DType::I32:
      return own<Datatype>(H5Tcopy(H5T_STD_I32LE), path, "H5Tcopy");
    case DType::U8:
      return own<Datatype>(H5Tcopy(H5T_STD_U8LE), path, "H5Tcopy");
  }
  FS_CHECK(false, "dtype {}", static_cast<int>(t));
  return {};
}

File create_file(const PropertyList& access, const std::filesystem::path& path) {
  check(H5Pset_alignment(access.get(), 1, kAlignment.value), path, "H5Pset_alignment");
  return own<File>(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), path, "H5Fcreate");
}

PropertyList contiguous_unfilled(const std::filesystem::path& path) {
  auto list = own<PropertyList>(H5Pcreate(H5P_DATASET_CREATE), path, "H5Pcreate");
  check(H5Pset_layout(list.get(), H5D_CONTIGUOUS), path, "H5Pset_layout");
  check(H5Pset_alloc_time(list.get(), H5D_ALLOC_TIME_EARLY), path, "H5Pset_alloc_time");
  check(H5Pset_fill_time(list.get(), H5D_FILL_TIME_NEVER), path, "H5Pset_fill_time");
  return list;
}

Bytes offset_of(const Dataset& dataset, const std::filesystem::path& path) {
  const haddr_t offset = H5Dget_offset(dataset.get());
  check(offset == HADDR_UNDEF ? -1 : 0, path, "H5Dget_offset");
  return {static_cast<int64_t>(offset)};
}

Bytes write_uuid(const File& file, const PropertyList& create, const std::filesystem::path& path,
                 std::string_view uuid) {
  const auto type = own<Datatype>(H5Tcopy(H5T_C_S1), path, "H5Tcopy");
  check(H5Tset_size(type.get(), uuid.size()), path, "H5Tset_size");
  check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), path, "H5Tset_strpad");
  const auto space = own<Dataspace>(H5Screate(H5S_SCALAR), path, "H5Screate");
  const auto dataset = own<Dataset>(
      H5Dcreate2(file.get(), "uuid", type.get(), space.get(), H5P_DEFAULT, create.get(), H5P_DEFAULT), path,
      "H5Dcreate2");
  check(H5Dwrite(dataset.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, uuid.data()), path, "H5Dwrite");
  return offset_of(dataset, path);
}

Bytes create_dataset(const Group& group, const PropertyList& create, const std::filesystem::path& path,
                     const TensorSpec& t) {
  const std::vector<hsize_t> dims(t.shape.begin(), t.shape.end());
  const auto space =
      own<Dataspace>(dims.empty() ? H5Screate(H5S_SCALAR)
                                  : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                     path, "H5Screate");
  const Datatype type = datatype_of(t.dtype, path);
  const auto dataset = own<Dataset>(H5Dcreate2(group.get(), t.name.c_str(), type.get(), space.get(),
                                               H5P_DEFAULT, create.get(), H5P_DEFAULT),
                                    path, "H5Dcreate2");
  return offset_of(dataset, path);
}

StateLayout lay_out(const std::filesystem::path& path, std::string_view uuid,
                    std::span<const TensorSpec> tensors, MemoryImage& image) {
  const QuietErrors quiet;
  const auto access = own<PropertyList>(H5Pcreate(H5P_FILE_ACCESS), path, "H5Pcreate");
  const Driver driver = image.attach_to(access, path);
  File file = create_file(access, path);
  StateLayout layout;
  {
    const PropertyList create = contiguous_unfilled(path);
    layout.uuid_offset = write_uuid(file, create, path, uuid);
    std::map<std::string, Group> groups;
    for (const TensorSpec& t : tensors) {
      Group& group = groups[t.group];
      if (!group)
        group = own<Group>(H5Gcreate2(file.get(), t.group.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           path, "H5Gcreate2");
      layout.offsets.push_back(create_dataset(group, create, path, t));
    }
  }
  check(H5Fclose(file.release()), path, "H5Fclose");
  return layout;
}

}  // namespace

Bytes largest_state_file(std::span<const TensorSpec> tensors) {
  // Per tensor its padding, its header and its share of the group's nodes and names, each from a new 4 KiB
  // on.
  constexpr Bytes kPerTensor = kAlignment * 4;
  Bytes size = kPerTensor * 16;
  for (const TensorSpec& t : tensors) size += bytes(t.count(), t.dtype) + kPerTensor;
  return size;
}

StateLayout create_state_file(const std::filesystem::path& path, std::string_view uuid,
                              std::span<const TensorSpec> tensors) {
  MemoryImage image;
  StateLayout layout = lay_out(path, uuid, tensors, image);
  image.copy_to(path);
  return layout;
}

}  // namespace fullshard::checkpoint::hdf5
