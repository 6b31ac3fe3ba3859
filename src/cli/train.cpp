#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/launcher_output.hpp"
#include "cli/run_file.hpp"
#include "cli/threads.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/train/stop_signals.hpp"
#include "fullshard/train/trainer.hpp"

namespace fullshard::cli {
namespace {

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value ? value : "";
}

class TrainCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("train", "Fine-tune all parameters of a model");
    run_.declare(*command);
    command->add_flag("--print-config", print_config_,
                      "Print every key with its value and its source as a run file, and end");
    command->add_flag("--prove", prove_,
                      "First compare a micro-step and an update of this layout with the flat one, tensor by "
                      "tensor, and refuse to train where they differ");
    command->add_flag("--trace", trace_,
                      "Write what each rank computes and communicates in a few steps to trace.json");
    command->footer(
        "Examples:\n"
        "  fullshard train run.json\n"
        "  mpirun -n 4 fullshard train run.json learning_rate=1e-5 sharding.strategy=zero3\n"
        "  srun fullshard train run.json output_dir=/scratch/out\n"
        "  fullshard train run.json max_steps=10 --print-config\n\n"
        "The same command continues an interrupted run, on any number of ranks. SIGINT, SIGTERM and SIGUSR1\n"
        "finish the step, save and end with 75; a second one ends at once.");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    if (print_config_) {
      const config::LoadedRun loaded = config::load_run_config(run_.path, run_.overrides);
      if (launcher_rank() == 0) std::fputs(config::annotated_json(loaded).c_str(), stdout);
      return ExitCode::Done;
    }
    train::leave_on_signals();
    return with_mpi(invocation, [this](const mpi::Communicator& world) { return train(world); });
  }

 private:
  ExitCode train(const mpi::Communicator& world) const {
    std::signal(SIGPIPE, SIG_IGN);
    use_own_share_of_cores(world);
    const config::RunConfig run = run_.load(world);
    const bool plain = !text_of("NO_COLOR").empty();
    report::Console console(STDOUT_FILENO, plain ? report::Color::Never : report::Color::Auto,
                            stdout_reaches_terminal() ? report::Screen::Ask : report::Screen::No);
    train::WatchedRun watch(world, run.watchdog_seconds);
    const train::Surroundings surroundings{
        .program_version = "fullshard " FULLSHARD_VERSION,
        .lock = {.job = text_of("SLURM_JOB_ID"),
                 .restart = std::atoi(text_of("SLURM_RESTART_COUNT").c_str())},
        .console = console,
        .watch = watch,
        .prove = prove_,
        .trace = trace_};
    const ExitCode code = train::Trainer(run, watch.world(), surroundings).run();
    watch.finish();
    return code;
  }

  RunFile run_;
  bool print_config_ = false, prove_ = false, trace_ = false;
};

}  // namespace

std::unique_ptr<Command> make_train_command() {
  return std::make_unique<TrainCommand>();
}

}  // namespace fullshard::cli
