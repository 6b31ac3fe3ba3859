#pragma once

#include <string>
#include <vector>

#include "fullshard/config/run_config.hpp"
#include "fullshard/mpi/communicator.hpp"

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

  /// The run that they describe.
  ///
  /// Collective  over `world`
  /// Throws      ConfigError, and Error(Usage) where ranks read different runs; all ranks or none
  config::RunConfig load(const mpi::Communicator& world) const;
};

}  // namespace fullshard::cli
