#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <span>

#include "cli/command.hpp"
#include "cli/inspect_data.hpp"
#include "fullshard/checkpoint/describe.hpp"
#include "fullshard/checkpoint/manifest.hpp"
#include "fullshard/convert/describe.hpp"
#include "fullshard/core/error.hpp"

namespace fullshard::cli {
namespace {

[[noreturn]] void refuse(const std::vector<std::string>& damage) {
  constexpr size_t kShown = 10;
  const std::span shown = std::span(damage).first(std::min(kShown, damage.size()));
  const size_t more = damage.size() - shown.size();
  throw Error(ExitCode::Refused,
              fmt::format("the data is not what was recorded:\n  {}{}", fmt::join(shown, "\n  "),
                          more == 0 ? "" : fmt::format("\n  and {} more", more)));
}

class InspectCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command =
        program.add_subcommand("inspect", "Say what is in a model, a checkpoint, or the data of a run");
    command
        ->add_option("PATH", path_,
                     "Model directory, .safetensors file, checkpoint-<step> directory, run file, or token "
                     "store (.tokens)")
        ->required();
    command->add_option("KEY=VALUE", data_.overrides, "Run file: keys that win over it");
    command->add_flag("--jsonl", data_.jsonl,
                      "Data: every sample as {\"source\", \"index\", \"input_ids\", \"labels\"} on a line");
    command->add_option("--examples", data_.examples, "Data: samples that are shown")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--model", data_.model,
                        "Token store: model directory whose tokenizer shows its text");
    command->add_flag(
        "--digest", digest_,
        "Read every byte, print the digest of each tensor and of all together, and compare with what "
        "the directory says it should be");
    command->footer(
        "Examples:\n"
        "  fullshard inspect models/llama\n"
        "  fullshard inspect out/checkpoint-500\n"
        "  fullshard inspect run.json              # lengths, duplicates, examples with their mask\n"
        "  fullshard inspect run.json --jsonl > samples.jsonl\n"
        "  fullshard inspect --digest out    # equal digests: equal tensors, whatever ranks and files");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    if (is_data(path_)) {
      data_.path = path_;
      return inspect_data(invocation, data_);
    }
    const Digests digests = digest_ ? Digests::Include : Digests::Omit;
    const bool checkpoint = std::filesystem::exists(std::filesystem::path(path_) / checkpoint::kManifestName);
    const Description d = checkpoint ? checkpoint::describe_checkpoint(path_, digests)
                                     : convert::describe_model(path_, digests);
    std::fputs(d.text.c_str(), stdout);
    std::fflush(stdout);  // ahead of the error, where both go to one file
    if (!d.damage.empty()) refuse(d.damage);
    return ExitCode::Done;
  }

 private:
  std::string path_;
  bool digest_ = false;
  InspectData data_;
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() {
  return std::make_unique<InspectCommand>();
}

}  // namespace fullshard::cli
