#pragma once
// Real models, tokenizers and data for tests live outside the repository, in ../shared/assets beside it.

#include <gtest/gtest.h>

#include <filesystem>

namespace fullshard::test {

inline std::filesystem::path shared_assets() {
  return std::filesystem::path(FULLSHARD_SHARED_DIR) / "assets";
}

}  // namespace fullshard::test

/// Skips the calling test, with a message, where the shared assets are absent; CI has them.
#define FS_NEEDS_SHARED_ASSETS()                                  \
  if (!std::filesystem::exists(fullshard::test::shared_assets())) \
  GTEST_SKIP() << "needs " << fullshard::test::shared_assets() << ", which is not here"
