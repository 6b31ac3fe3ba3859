#pragma once

#include <filesystem>

#include "fullshard/core/error.hpp"

namespace fullshard {

/// What std::filesystem refuses, as we say it.
IoError io_error_of(const std::filesystem::filesystem_error& error);

}  // namespace fullshard
