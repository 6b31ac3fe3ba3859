#include "cli/run_file.hpp"

#include <CLI/CLI.hpp>

#include "fullshard/mpi/agree.hpp"
#include "fullshard/mpi/require_same.hpp"

namespace fullshard::cli {

void RunFile::declare(CLI::App& command) {
  command.add_option("RUN.json", path, "The run file (docs/config.md)")->required();
  command.add_option("key=value", overrides, "Keys that win over the run file's; groups are dotted");
}

config::RunConfig RunFile::load(const mpi::Communicator& world) const {
  const config::RunConfig run =
      mpi::together(world, [&] { return config::load_run_config(path, overrides).config; });
  std::string lines;
  for (const auto& [key, value] : config::resolved_values(run)) lines += key + ": " + value + '\n';
  mpi::require_same(world, path + (overrides.empty() ? "" : " with the keys of the command line"), lines,
                    ExitCode::Usage);
  return run;
}

}  // namespace fullshard::cli
