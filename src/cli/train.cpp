#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/config/model_config.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::cli {
namespace {

class TrainCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("train", "Fine-tune all parameters of a model");
    command->add_option("RUN.json", run_file_, "The run file (docs/config.md)")->required();
    command->add_option("key=value", overrides_, "Keys that win over the run file's; groups are dotted");
    command->add_flag("--print-config", print_config_,
                      "Print every key with its value and its source as a run file, and end");
    command->footer(
        "Examples:\n"
        "  fullshard train run.json\n"
        "  mpirun -n 4 fullshard train run.json learning_rate=1e-5 sharding.strategy=zero3\n"
        "  srun fullshard train run.json output_dir=/scratch/out\n"
        "  fullshard train run.json max_steps=10 --print-config");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    if (print_config_) {
      const config::LoadedRun loaded = config::load_run_config(run_file_, overrides_);
      if (launcher_rank() == 0) std::fputs(config::annotated_json(loaded).c_str(), stdout);
      return ExitCode::Done;
    }
    return with_mpi(invocation, [this](const mpi::Communicator& world) { return train(world); });
  }

 private:
  ExitCode train(const mpi::Communicator& world) const {
    const config::LoadedRun loaded =
        mpi::together(world, [&] { return config::load_run_config(run_file_, overrides_); });
    mpi::together(world, [&] {
      config::global_batch(loaded.config, world.size());
      config::load_model_config(loaded.config.model_name_or_path / "config.json");
    });
    throw Error(ExitCode::Internal, "the run file is valid, but this build has no training loop");
  }

  std::string run_file_;
  std::vector<std::string> overrides_;
  bool print_config_ = false;
};

}  // namespace

std::unique_ptr<Command> make_train_command() {
  return std::make_unique<TrainCommand>();
}

}  // namespace fullshard::cli
