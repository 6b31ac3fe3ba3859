#pragma once
// Errors of HDF5 as exceptions.

#include <hdf5.h>

#include <filesystem>

namespace fullshard::checkpoint::hdf5 {

/// Throws IoError with HDF5's own innermost message if `status` (an identifier or a return code) is negative.
void check(herr_t status, const std::filesystem::path& path, const char* operation);

template <class Owner>
Owner own(hid_t id, const std::filesystem::path& path, const char* operation) {
  check(id < 0 ? -1 : 0, path, operation);
  return Owner(id);
}

}  // namespace fullshard::checkpoint::hdf5
