#pragma once

#include <fmt/format.h>

#include <cstddef>

#include "fullshard/core/error.hpp"

namespace fullshard::tokenize {

/// How long the steps of a tokenizer.json may make a text. A few replacements, each of what the last one put
/// in, make gigabytes of a line; Unicode's forms make at most 11 bytes of one.
class GrowthLimit {
 public:
  explicit GrowthLimit(size_t bytes) : from_(bytes) {}

  /// Throws Error where `bytes` is too long.
  void check(size_t bytes) const {
    if (bytes > kFactor * from_ + kAlways)
      throw Error(ExitCode::Refused,
                  fmt::format("tokenizer.json makes more than {} bytes of a text of {}; its replacements are "
                              "not those of a language model",
                              kFactor * from_ + kAlways, from_));
  }

 private:
  static constexpr size_t kFactor = 32, kAlways = 4096;
  size_t from_;
};

}  // namespace fullshard::tokenize
