#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace fullshard::cli {

/// Of an option: an unset variable of a shell is no value, and not the same as leaving the option out.
inline CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& value) {
        return value.empty() ? std::string("expected a value, found an empty one; leave the option out")
                             : std::string();
      },
      "");
}

}  // namespace fullshard::cli
