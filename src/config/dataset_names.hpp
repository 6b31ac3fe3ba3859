#pragma once

#include "fullshard/config/run_config.hpp"

namespace fullshard::config {

/// What is called like a data set of the registry and like a file is the registry's, unless it has a slash:
/// such entries lose their path. Throws Error where the registry is no JSON.
void prefer_registry(RunConfig& config);

}  // namespace fullshard::config
