#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace fullshard::cli {

/// What `fullshard inspect` was asked about training data.
struct InspectData {
  std::filesystem::path path;          ///< a run file or a token store
  std::vector<std::string> overrides;  ///< of a run file
  std::filesystem::path model;         ///< whose tokenizer shows a store's text; may be empty
  bool jsonl = false;
  int64_t examples = 3;
};

/// Whether the path is a run file or a token store, and not of a model or a checkpoint.
bool is_data(const std::filesystem::path& path);

ExitCode inspect_data(const Invocation& invocation, const InspectData& what);

}  // namespace fullshard::cli
