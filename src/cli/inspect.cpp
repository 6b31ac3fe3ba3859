#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <span>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/inspect_data.hpp"
#include "cli/not_empty.hpp"
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
    overrides_ = command->add_option("KEY=VALUE", data_.overrides, "Of a run file: keys that win over it");
    auto* jsonl = command->add_flag(
        "--jsonl", data_.jsonl,
        "Of data: every sample as {\"source\", \"index\", \"input_ids\", \"labels\"} on a line");
    jsonl_ = jsonl;
    examples_ = command->add_option("--examples", data_.examples, "Of data: samples that are shown, 3")
                    ->check(CLI::Range(int64_t{0}, int64_t{1'000'000}))
                    ->excludes(jsonl);
    model_ = command
                 ->add_option("--model", data_.model,
                              "Of a token store: model directory whose tokenizer shows its text")
                 ->check(not_empty());
    digest_ = command->add_flag(
        "--digest", with_digest_,
        "Of a model or checkpoint: read every byte, print the digest of each tensor and of all together, and "
        "compare with what the directory says it should be");
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
    if (!std::filesystem::exists(path_))
      throw Error(ExitCode::Refused,
                  path_ + ": expected a model, checkpoint, run file or token store, found nothing there");
    data_.path = path_;
    switch (data_file(path_)) {
      case DataFile::RunFile:
        only_for({model_}, "a token store, and this is a run file, which names its model");
        only_for({digest_}, "a model or checkpoint, and this is a run file");
        return inspect_data(invocation, data_);
      case DataFile::TokenStore:
        only_for({overrides_}, "a run file, and this is a token store");
        only_for({digest_}, "a model or checkpoint, and this is a token store");
        if (data_.jsonl)
          only_for({model_}, "examples, and --jsonl shows ids and no text; leave one of them out");
        return inspect_data(invocation, data_);
      case DataFile::None:
        break;
    }
    only_for({overrides_, jsonl_, examples_, model_},
             "data, and this is none; name a run file or a token store");
    if (is_done_here("inspect")) describe();
    return ExitCode::Done;
  }

 private:
  /// Refuses options that this PATH would not heed.
  static void only_for(std::initializer_list<const CLI::Option*> options, const char* what) {
    for (const CLI::Option* option : options)
      if (option->count() > 0) throw ConfigError("", fmt::format("{} is for {}", option->get_name(), what));
  }

  void describe() const {
    const Digests digests = with_digest_ ? Digests::Include : Digests::Omit;
    const bool checkpoint = std::filesystem::exists(std::filesystem::path(path_) / checkpoint::kManifestName);
    const Description d = checkpoint ? checkpoint::describe_checkpoint(path_, digests)
                                     : convert::describe_model(path_, digests);
    std::fputs(d.text.c_str(), stdout);
    std::fflush(stdout);  // ahead of the error, where both go to one file
    if (!d.damage.empty()) refuse(d.damage);
  }

  std::string path_;
  bool with_digest_ = false;
  const CLI::Option *overrides_ = nullptr, *jsonl_ = nullptr, *examples_ = nullptr, *model_ = nullptr,
                    *digest_ = nullptr;
  InspectData data_;
};

}  // namespace

std::unique_ptr<Command> make_inspect_command() {
  return std::make_unique<InspectCommand>();
}

}  // namespace fullshard::cli
