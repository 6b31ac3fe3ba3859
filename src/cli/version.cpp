#include "cli/version.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <hdf5.h>
#include <pcre2.h>
#include <torch/headeronly/version.h>
#include <unistd.h>
#include <utf8proc.h>
#include <zlib.h>
#include <zstd.h>

#include <CLI/Version.hpp>
#include <array>
#include <boost/version.hpp>
#include <vector>

#include "fullshard/mpi/environment.hpp"

namespace fullshard::cli {
namespace {

std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("{}.{}.{}", major, minor, release);
}

std::string pcre2_version() {
  std::array<char, 64> text{};  // the documentation asks for 24
  pcre2_config(PCRE2_CONFIG_VERSION, text.data());
  return text.data();
}

std::string packed(int version, int step) {
  return fmt::format("{}.{}.{}", version / (step * step), version / step % step, version % step);
}

std::string c_library_version() {
  std::array<char, 64> text{};
  ::confstr(_CS_GNU_LIBC_VERSION, text.data(), text.size());
  return text.data();  // "glibc 2.36"
}

struct Library {
  const char* name;
  std::string version;
};

std::vector<Library> libraries() {
  return {{"LibTorch", TORCH_VERSION},
          {"MPI", mpi::library_version()},
          {"HDF5", hdf5_version()},
          // Major, minor and patch: BOOST_VERSION / 100000, / 100 % 1000, % 100.
          {"Boost.JSON",
           fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
          {"PCRE2", pcre2_version()},
          {"utf8proc", utf8proc_version()},
          {"zlib", zlibVersion()},
          {"zstd", ZSTD_versionString()},
          {"fmt", packed(FMT_VERSION, 100)},
          {"CLI11", CLI11_VERSION}};
}

}  // namespace

std::string version_text() {
  std::string out = fmt::format("fullshard {}\n", FULLSHARD_VERSION);
  out += fmt::format("  {:<12} g++ {}\n", "compiler", __VERSION__);
  for (const Library& l : libraries()) out += fmt::format("  {:<12} {}\n", l.name, l.version);
  return out;
}

std::string library_versions() {
  return fmt::format("fullshard {};{};LibTorch {};HDF5 {};{}", FULLSHARD_VERSION, mpi::library_version(),
                     TORCH_VERSION, hdf5_version(), c_library_version());
}

}  // namespace fullshard::cli
