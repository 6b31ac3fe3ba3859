#pragma once
// HDF5 identifiers as owners, and its errors as exceptions. For sources of this folder only.

#include <hdf5.h>

#include <filesystem>

#include "fullshard/core/handle.hpp"

namespace fullshard::checkpoint::hdf5 {

template <herr_t (*kClose)(hid_t)>
struct CloseId {
  void operator()(hid_t id) const noexcept { kClose(id); }
};

using Driver = Handle<hid_t, H5I_INVALID_HID, CloseId<H5FDunregister>>;
using File = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Fclose>>;
using Group = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Gclose>>;
using Dataset = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Dclose>>;
using Dataspace = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Sclose>>;
using Datatype = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Tclose>>;
using PropertyList = Handle<hid_t, H5I_INVALID_HID, CloseId<H5Pclose>>;

/// Keeps HDF5 from printing its error stack to the terminal, until the end of the scope.
class QuietErrors {
 public:
  QuietErrors();
  ~QuietErrors();
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Throws IoError with HDF5's own innermost message if `status` (an identifier or a return code) is negative.
void check(herr_t status, const std::filesystem::path& path, const char* operation);

template <class Owner>
Owner own(hid_t id, const std::filesystem::path& path, const char* operation) {
  check(id < 0 ? -1 : 0, path, operation);
  return Owner(id);
}

}  // namespace fullshard::checkpoint::hdf5
