#pragma once

#include <string>

namespace fullshard::cli {

/// The program and every library that it was built with, one per line.
std::string version_text();

/// "LibTorch 2.11.0;HDF5 1.10.8" and so on, with the C library: what has to be the same on all ranks.
std::string library_versions();

}  // namespace fullshard::cli
