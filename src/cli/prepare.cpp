#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/run_file.hpp"
#include "cli/threads.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/core/clock.hpp"
#include "fullshard/core/text.hpp"
#include "fullshard/mpi/agree.hpp"
#include "fullshard/prepare/ledger_text.hpp"
#include "fullshard/train/inputs.hpp"

namespace fullshard::cli {
namespace {

using Ledgers = std::vector<std::pair<std::string, data::Ledger>>;

class PrepareCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("prepare", "Make the token stores of a run's data");
    run_.declare(*command);
    command->add_flag("--json", json_, "Print the ledger as JSON on the last line");
    command->footer(
        "Needs no GPU: all ranks and cores tokenise. `train` does the same when a store is missing, so this\n"
        "is for nodes that cost less. A store that is there, for the same data, tokenizer, template and\n"
        "keys, is used.\n\n"
        "Examples:\n"
        "  fullshard prepare run.json\n"
        "  srun -n 8 fullshard prepare run.json");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    return with_mpi(invocation, [this](const mpi::Communicator& world) { return prepare(world); });
  }

 private:
  ExitCode prepare(const mpi::Communicator& world) {
    use_own_share_of_cores(world);
    const config::RunConfig run = run_.load(world);
    const Stopwatch since_start;
    // As `train` reads it: what that would refuse of the data is refused here.
    const train::Inputs inputs = train::load_inputs(
        run, prepare::Parts::TrainAndValidation,
        {.board = nullptr, .progress = [this](const prepare::MakingProgress& p) { report(p); }}, world);
    if (world.rank() == 0) finish(inputs, run, since_start.seconds());
    return ExitCode::Done;
  }

  /// A line every few seconds.
  void report(const prepare::MakingProgress& p) {
    if (since_line_.seconds() < 2 || p.bytes_done >= p.bytes) return;
    since_line_.restart();
    std::printf("%s\n", prepare::progress_text(p).c_str());
    std::fflush(stdout);
  }

  void finish(const train::Inputs& inputs, const config::RunConfig& run, double seconds) const {
    Ledgers ledgers;
    for (size_t i = 0; i < inputs.prepared.size(); ++i) {
      const prepare::PreparedSource& source = inputs.prepared[i];
      add(source, source.name + (i < inputs.train.size() ? "" : " (validation)"), ledgers);
    }
    std::fputs(prepare::ledger_text(ledgers).c_str(), stdout);
    std::printf("%s\n", fmt::format("prepared in {}; stores lie in {}", human_duration(seconds),
                                    run.tokenized_path.string())
                            .c_str());
    if (json_) std::puts(prepare::ledger_json(ledgers).c_str());
  }

  /// Under a name of its own, as members of JSON need it.
  static void add(const prepare::PreparedSource& source, const std::string& name, Ledgers& to) {
    const auto taken = [&](const std::string& n) {
      return std::any_of(to.begin(), to.end(), [&](const auto& entry) { return entry.first == n; });
    };
    std::string own = name;
    for (int again = 2; taken(own); ++again) own = fmt::format("{} ({})", name, again);
    to.emplace_back(own, source.store.header().ledger);
  }

  RunFile run_;
  bool json_ = false;
  Stopwatch since_line_;
};

}  // namespace

std::unique_ptr<Command> make_prepare_command() {
  return std::make_unique<PrepareCommand>();
}

}  // namespace fullshard::cli
