#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/not_empty.hpp"
#include "cli/run_file.hpp"
#include "cli/threads.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/core/json_writer.hpp"
#include "fullshard/core/utf8.hpp"
#include "fullshard/train/evaluation.hpp"

namespace fullshard::cli {
namespace {

class EvaluateCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("evaluate", "Loss of a model on a run's validation data");
    run_.declare(*command);
    command
        ->add_option("--model", model_,
                     "Model directory or checkpoint to evaluate; by default the run's "
                     "model_name_or_path, as it is before training")
        ->check(not_empty());
    command->footer(
        "The data is eval_dataset, or the rows that val_size holds out of dataset. The last line is JSON:\n"
        "{\"eval_loss\":1.25,\"eval_tokens\":4096}, the mean over eval_tokens trained tokens.\n\n"
        "Examples:\n"
        "  fullshard evaluate run.json\n"
        "  fullshard evaluate run.json --model out\n"
        "  mpirun -n 2 fullshard evaluate run.json --model out/checkpoint-500 precision=fp32\n"
        "  fullshard evaluate run.json eval_dataset=test.jsonl");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    return with_mpi(invocation, [this](const mpi::Communicator& world) { return evaluate(world); });
  }

 private:
  // An override's value may be JSON, so a directory named 12 must be quoted; JSON is UTF-8, and a path may
  // not be.
  std::vector<std::string> overrides() const {
    std::vector<std::string> all = run_.overrides;
    if (model_.empty()) return all;
    const std::string path = std::filesystem::absolute(model_).string();
    all.push_back("model_name_or_path=" + (first_not_utf8(path) ? path : json_quoted(path)));
    all.push_back("init=pretrained");
    return all;
  }

  ExitCode evaluate(const mpi::Communicator& world) const {
    use_own_share_of_cores(world);
    const config::RunConfig run = RunFile{run_.path, overrides()}.load(world);
    train::Evaluation evaluation(run, world);
    if (world.rank() == 0) std::fputs(evaluation.description().c_str(), stdout), std::fflush(stdout);
    const train::EvalResult result = evaluation.run();
    JsonWriter json;
    json.begin_object().key("eval_loss").value(result.loss).key("eval_tokens").value(result.tokens);
    if (world.rank() == 0) std::puts(json.end_object().str().c_str());
    return ExitCode::Done;
  }

  RunFile run_;
  std::string model_;
};

}  // namespace

std::unique_ptr<Command> make_evaluate_command() {
  return std::make_unique<EvaluateCommand>();
}

}  // namespace fullshard::cli
