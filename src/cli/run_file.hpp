#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace fullshard::cli {

/// The arguments of every sub-command that works on a run: RUN.json, then key=value that win over it.
struct RunFile {
  std::string path;
  std::vector<std::string> overrides;

  /// Must outlive the parsing of `command`.
  void declare(CLI::App& command);
};

}  // namespace fullshard::cli
