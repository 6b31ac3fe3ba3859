#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fullshard/config/run_config.hpp"

namespace fullshard::config {

/// Keys that the stage does not use and that have another value than by default, each with what to do.
std::vector<std::pair<std::string, std::string>> unused_in_stage(const RunConfig& config);

}  // namespace fullshard::config
