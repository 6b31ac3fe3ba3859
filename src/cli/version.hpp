#pragma once

#include <string>

namespace fullshard::cli {

/// The program and every library that it was built with, one per line.
std::string version_text();

/// "LibTorch 2.11.0;HDF5 1.10.8" and so on: the program and what it talks and computes through, with the C
/// library.
std::string library_versions();

}  // namespace fullshard::cli
