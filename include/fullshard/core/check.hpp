#pragma once
// FS_CHECK states what must hold if our own code is right; a failure is an InternalError, never a user's
// mistake.

#include <fmt/format.h>

#include <source_location>

#include "fullshard/core/error.hpp"

namespace fullshard {

[[noreturn]] void check_failed(const char* condition, const std::string& message,
                               std::source_location where = std::source_location::current());

}  // namespace fullshard

#define FS_CHECK(condition, ...)                                                       \
  do {                                                                                 \
    if (!(condition)) ::fullshard::check_failed(#condition, fmt::format(__VA_ARGS__)); \
  } while (false)
