#include "prepare/hdf5/token_columns.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <array>
#include <mutex>

#include "fullshard/core/error.hpp"
#include "fullshard/hdf5/handles.hpp"

namespace fullshard::prepare::hdf5 {

namespace {

using fullshard::hdf5::Dataset;
using fullshard::hdf5::Dataspace;
using fullshard::hdf5::Datatype;
using fullshard::hdf5::File;
using fullshard::hdf5::PropertyList;

struct Shaped {
  Column column;
  int dims = 0;
  std::array<hsize_t, 2> size{};
};

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {
    const PropertyList access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_file_locking(access.get(), false, true);  // locks fail on some parallel file systems
    file_ = File(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
    if (!file_) refuse("is no HDF5 that can be opened; is it damaged or cut short?");
  }

  std::optional<Shaped> find(const char* name) const {
    if (H5Lexists(file_.get(), name, H5P_DEFAULT) <= 0) return std::nullopt;
    const Dataset dataset(H5Dopen2(file_.get(), name, H5P_DEFAULT));
    if (!dataset) refuse("{} is no dataset, or a link to none", name);
    require_own(dataset, name);
    Shaped out;
    out.dims = shape(dataset, name, out.size);
    out.column = column(dataset, name, out.dims == 2 ? out.size[0] * out.size[1] : out.size[0]);
    return out;
  }

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    throw DataError(path_, 0, "HDF5: " + fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  /// Links are followed into other files, where the bytes of a dataset are not this file's.
  void require_own(const Dataset& dataset, const char* name) const {
    std::array<char, 4096> owner{};
    std::error_code ignored;
    if (H5Fget_name(dataset.get(), owner.data(), owner.size()) < 0 ||
        (path_ != owner.data() && !std::filesystem::equivalent(path_, owner.data(), ignored)))
      refuse("{} is a link into another file; name that file: {}", name, owner.data());
  }

  int shape(const Dataset& dataset, const char* name, std::array<hsize_t, 2>& size) const {
    const Dataspace space(H5Dget_space(dataset.get()));
    const int dims = H5Sget_simple_extent_ndims(space.get());
    if (dims != 1 && dims != 2) refuse("{}: expected 1 or 2 dimensions, found {}", name, dims);
    H5Sget_simple_extent_dims(space.get(), size.data(), nullptr);
    for (int i = 0; i < dims; ++i)
      if (size[static_cast<size_t>(i)] > (hsize_t{1} << 40)) refuse("{} is too large", name);
    return dims;
  }

  Column column(const Dataset& dataset, const char* name, hsize_t count) const {
    const Datatype type(H5Dget_type(dataset.get()));
    const size_t bytes = H5Tget_size(type.get());
    if (H5Tget_class(type.get()) != H5T_INTEGER || bytes > 8 || (bytes & (bytes - 1)) != 0)
      refuse("{}: expected integers of 8 to 64 bits", name);
    if (bytes > 1 && H5Tget_order(type.get()) != H5T_ORDER_LE)
      refuse("{}: expected little-endian integers", name);
    const PropertyList creation(H5Dget_create_plist(dataset.get()));
    if (H5Pget_layout(creation.get()) != H5D_CONTIGUOUS || H5Pget_external_count(creation.get()) != 0)
      refuse(
          "{} is stored in chunks, compressed, or in other files; expected it in one piece: "
          "h5repack -l CONTI -f NONE '{}' OUT",
          name, path_.string());
    const haddr_t at = H5Dget_offset(dataset.get());
    const auto file_size = std::filesystem::file_size(path_);
    if (count > 0 && (at == HADDR_UNDEF || at > file_size || count > (file_size - at) / bytes))
      refuse("{} was never written, or the file is cut short", name);
    return {.at = count > 0 ? static_cast<int64_t>(at) : 0,
            .count = static_cast<int64_t>(count),
            .bytes = static_cast<int>(bytes),
            .is_signed = H5Tget_sign(type.get()) == H5T_SGN_2};
  }

  std::filesystem::path path_;
  File file_;
};

}  // namespace

TokenColumns token_columns(const std::filesystem::path& path) {
  // The library may be entered by one thread at a time, and every thread that reads data opens files.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const fullshard::hdf5::QuietErrors quiet;
  const Reader file(path);

  const auto ids = file.find("input_ids");
  if (!ids) file.refuse("expected the dataset input_ids (and labels) at the top, found none");
  TokenColumns out;
  out.ids = ids->column;
  const auto beside_ids = [&](const char* name) -> std::optional<Column> {
    const auto found = file.find(name);
    if (!found) return std::nullopt;
    if (found->dims != ids->dims || found->size != ids->size)
      file.refuse("expected {} of the same shape as input_ids", name);
    return found->column;
  };
  out.labels = beside_ids("labels");
  out.mask = beside_ids("attention_mask");
  const auto offsets = file.find("offsets");
  if (ids->dims == 2) {
    if (offsets) file.refuse("rows of different lengths: expected input_ids with 1 dimension beside offsets");
    out.rows = static_cast<int64_t>(ids->size[0]);
    out.length = static_cast<int64_t>(ids->size[1]);
    return out;
  }
  if (!offsets || offsets->dims != 1 || offsets->column.count < 1)
    file.refuse(
        "input_ids with 1 dimension need offsets: where each row begins, and where the last one ends");
  out.offsets = offsets->column;
  out.rows = offsets->column.count - 1;
  return out;
}

}  // namespace fullshard::prepare::hdf5
