#pragma once
// FS_CHECK states what must hold if our own code is right; a failure is an InternalError, never a user's
// mistake.

#include <fmt/format.h>

#include "fullshard/core/error.hpp"

namespace fullshard {

/// Where a check stands. Not std::source_location, which clang has from 15 on only: the fuzz targets are
/// built by 14.
struct CheckedAt {
  const char* file;
  int line;
  const char* function;
};

[[noreturn]] void check_failed(const char* condition, const std::string& message, const CheckedAt& where);

}  // namespace fullshard

#define FS_CHECK(condition, ...)                                                                      \
  do {                                                                                                \
    if (!(condition))                                                                                 \
      ::fullshard::check_failed(#condition, fmt::format(__VA_ARGS__),                                 \
                                {__FILE__, __LINE__, static_cast<const char*>(__PRETTY_FUNCTION__)}); \
  } while (false)
