#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.hpp"
#include "fullshard/config/run_config.hpp"

namespace fullshard::cli {
namespace {

/// Writes docs/config.md; hidden, for developers.
class ConfigCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("config", "Describe the keys of a run file");
    command->group("");
    command->add_flag("--markdown", markdown_, "As the text of docs/config.md")->required();
    command->footer("Example:\n  fullshard config --markdown > docs/config.md");
    return command;
  }

  ExitCode run(const Invocation&) override {
    if (markdown_) std::fputs(config::config_markdown().c_str(), stdout);
    return ExitCode::Done;
  }

 private:
  bool markdown_ = false;
};

}  // namespace

std::unique_ptr<Command> make_config_command() {
  return std::make_unique<ConfigCommand>();
}

}  // namespace fullshard::cli
