#include "cli/run_file.hpp"

#include <CLI/CLI.hpp>

namespace fullshard::cli {

void RunFile::declare(CLI::App& command) {
  command.add_option("RUN.json", path, "The run file (docs/config.md)")->required();
  command.add_option("key=value", overrides, "Keys that win over the run file's; groups are dotted");
}

}  // namespace fullshard::cli
