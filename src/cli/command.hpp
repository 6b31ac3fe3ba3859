#pragma once
// A sub-command is one file: a Command with its options as members, and a line in commands.cpp.

#include <memory>
#include <vector>

#include "fullshard/core/error.hpp"

namespace CLI {
class App;
}

namespace fullshard::cli {

/// The arguments of main, which MPI wants to see.
struct Invocation {
  int& argc;
  char**& argv;
};

/// Whose errors are printed where a launcher starts several processes and no MPI.
enum class Speaker { RankZero, Everyone };

class Command {
 public:
  virtual ~Command() = default;
  /// Adds the sub-command with its options to `program`; they are bound to members of this.
  virtual CLI::App* declare(CLI::App& program) = 0;
  virtual Speaker speaker() const { return Speaker::RankZero; }
  /// Called once the command line is parsed. Errors are thrown.
  virtual ExitCode run(const Invocation& invocation) = 0;
};

std::unique_ptr<Command> make_config_command();
std::unique_ptr<Command> make_consolidate_command();
std::unique_ptr<Command> make_doctor_command();
std::unique_ptr<Command> make_prepare_command();
std::unique_ptr<Command> make_evaluate_command();
std::unique_ptr<Command> make_generate_command();
std::unique_ptr<Command> make_inspect_command();
std::unique_ptr<Command> make_tokenize_command();
std::unique_ptr<Command> make_train_command();

/// Every sub-command, in the order of --help.
std::vector<std::unique_ptr<Command>> all_commands();

}  // namespace fullshard::cli
