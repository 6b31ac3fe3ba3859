#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "fullshard/convert/consolidate.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/report/console_text.hpp"

namespace fullshard::cli {
namespace {

class ConsolidateCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command =
        program.add_subcommand("consolidate", "Turn a checkpoint into a Hugging Face model directory");
    command->add_option("CHECKPOINT", checkpoint_, "A checkpoint-<step> directory")->required();
    command->add_option("OUT", out_, "The directory to write")->required();
    command->add_option("--dtype", dtype_, "Of the exported tensors; by default that of the source model")
        ->transform(CLI::CheckedTransformer(std::map<std::string, DType>{{"float32", DType::F32},
                                                                         {"bfloat16", DType::BF16},
                                                                         {"float16", DType::F16},
                                                                         {"float64", DType::F64}}));
    command->add_option("--max-shard-size", max_shard_size_, "Bytes of tensors per file")
        ->transform(CLI::AsSizeValue(/*kb_is_1000=*/true))
        ->check(CLI::PositiveNumber);
    command->footer(
        "Streams: needs little memory, no MPI, and proves every tensor's digest. Under a launcher rank 0\n"
        "does it.\n\n"
        "Examples:\n"
        "  fullshard consolidate out/checkpoint-500 exported\n"
        "  fullshard consolidate out/checkpoint-500 exported --dtype bfloat16 --max-shard-size 2GB");
    return command;
  }

  ExitCode run(const Invocation&) override {
    if (!is_done_here("consolidate")) return ExitCode::Done;
    const Stopwatch clock;
    const convert::Export e = convert::consolidate(checkpoint_, out_, {dtype_, {max_shard_size_}});
    std::puts(report::transfer_text({"wrote " + out_, e.size, clock.seconds()}).c_str());
    std::puts(("digest " + e.digest.hex()).c_str());
    return ExitCode::Done;
  }

 private:
  std::string checkpoint_, out_;
  std::optional<DType> dtype_;
  int64_t max_shard_size_ = 5'000'000'000;
};

}  // namespace

std::unique_ptr<Command> make_consolidate_command() {
  return std::make_unique<ConsolidateCommand>();
}

}  // namespace fullshard::cli
