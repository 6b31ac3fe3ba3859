#pragma once

#include <string>

namespace fullshard::cli {

/// The program and every library that it was built with, one per line.
std::string version_text();

}  // namespace fullshard::cli
