#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cli/command.hpp"
#include "fullshard/checkpoint/describe.hpp"
#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/convert/describe.hpp"

namespace fullshard::cli {
namespace {

class InspectCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command =
        program.add_subcommand("inspect", "Say what is in a model, a safetensors file or a checkpoint");
    command->add_option("PATH", path_, "Model directory, .safetensors file or checkpoint-<step> directory")
        ->required();
    command->add_flag("--digest", digest_, "Read every byte of a model and print the digest of each tensor");
    command->footer(
        "Examples:\n"
        "  fullshard inspect models/llama\n"
        "  fullshard inspect out/checkpoint-500\n"
        "  fullshard inspect out/model.safetensors --digest");
    return command;
  }

  ExitCode run(const Invocation&) override {
    const bool checkpoint = std::filesystem::exists(std::filesystem::path(path_) / checkpoint::kManifestName);
    const std::string text = checkpoint ? checkpoint::describe_checkpoint(path_)
                                        : convert::describe_model(path_, digest_ ? convert::Digests::Include
                                                                                 : convert::Digests::Omit);
    std::fputs(text.c_str(), stdout);
    return ExitCode::Done;
  }

 private:
  std::string path_;
  bool digest_ = false;
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() {
  return std::make_unique<InspectCommand>();
}

}  // namespace fullshard::cli
