#include "checkpoint/hdf5/check.hpp"

#include <fmt/format.h>

#include <string>

#include "fullshard/core/error.hpp"

namespace fullshard::checkpoint::hdf5 {

namespace {

herr_t keep_innermost(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

void check(herr_t status, const std::filesystem::path& path, const char* operation) {
  if (status >= 0) return;
  std::string reason = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &reason);
  throw IoError(path, -1, fmt::format("{} failed: {}", operation, reason));
}

}  // namespace fullshard::checkpoint::hdf5
