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

enum class DataFile { None, RunFile, TokenStore };
/// What the path is of these, and not of a model or a checkpoint.
DataFile data_file(const std::filesystem::path& path);

/// On all ranks; the first one speaks.
ExitCode inspect_data(const Invocation& invocation, const InspectData& what);

}  // namespace fullshard::cli
