#include "cli/version.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <hdf5.h>
#include <pcre2.h>
#include <torch/headeronly/version.h>
#include <utf8proc.h>

#include <CLI/Version.hpp>
#include <array>
#include <boost/version.hpp>

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

}  // namespace

std::string version_text() {
  std::string out = fmt::format("fullshard {}\n", FULLSHARD_VERSION);
  const auto add = [&](const char* name, const std::string& version) {
    out += fmt::format("  {:<12} {}\n", name, version);
  };
  add("compiler", fmt::format("g++ {}", __VERSION__));
  add("LibTorch", TORCH_VERSION);
  add("MPI", mpi::library_version());
  add("HDF5", hdf5_version());
  // Major, minor and patch: BOOST_VERSION / 100000, / 100 % 1000, % 100.
  add("Boost.JSON",
      fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100));
  add("PCRE2", pcre2_version());
  add("utf8proc", utf8proc_version());
  add("fmt", packed(FMT_VERSION, 100));
  add("CLI11", CLI11_VERSION);
  return out;
}

}  // namespace fullshard::cli
