#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/launcher_output.hpp"
#include "cli/patience.hpp"
#include "cli/version.hpp"
#include "cli/with_mpi.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/doctor/examine.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kHearing = 8;    // seconds for the ranks to hear of each other
constexpr double kPatience = 12;  // each check takes less than 3 s where something answers at all

class DoctorCommand : public Command {
 public:
  CLI::App* declare(CLI::App& program) override {
    CLI::App* command = program.add_subcommand("doctor", "Examine an allocation: names what is sick");
    command->add_option("RUN.json", run_file_, "The run whose model, data and output_dir all ranks must see");
    command->add_option(
        "--dir", directory_,
        "Where to examine writing, in place of the run's output_dir or, without a run, of the "
        "working directory");
    command->add_flag("--json", json_, "The diagnosis as JSON");
    command->footer(
        "Start it as the run will be started, on the same nodes with the same number of ranks. Ends with "
        "0 if a run\nmay start (warnings included), else with the exit code that the run would end with: "
        "docs/doctor.md.\n\n"
        "Examples:\n"
        "  srun --mpi=pmix fullshard doctor run.json\n"
        "  srun --mpi=pmix fullshard doctor run.json && srun --mpi=pmix fullshard train run.json\n"
        "  mpirun -n 4 fullshard doctor --dir /scratch/me\n"
        "  mpirun -n 4 fullshard doctor --json > diagnosis.json");
    return command;
  }

  ExitCode run(const Invocation& invocation) override {
    subject_.variables = mpi::variables_from(environ);  // before MPI adds to it
    char host[256] = {};
    ::gethostname(host, sizeof host - 1);
    Patience patience(fmt::format("rank {} on {}", launcher_rank(), host),
                      launcher_rank() == 0 ? Patience::LastWord::Speaks : Patience::LastWord::Silent,
                      kPatience);
    subject_.progress = [&](const char* check, doctor::Activity a) { patience.begin(check, a); };
    subject_.progress("start of MPI", doctor::Activity::Waiting);
    return with_mpi(
        invocation, [this](const mpi::Communicator& world) { return examine(world); }, kHearing);
  }

 private:
  // Rank 0 reads the run file for all: that the others see it is one of the questions.
  void read_run() {
    if (!run_file_.empty()) {
      const config::RunConfig run = config::load_run_config(run_file_, {}).config;
      subject_.inputs = {fs::absolute(run_file_), fs::absolute(run.model_name_or_path)};
      for (const auto& source : config::sources_of(run))
        subject_.inputs.push_back(fs::absolute(source.dataset.path));
      if (directory_.empty()) directory_ = run.output_dir.string();
    }
    subject_.directory = directory_.empty() ? fs::current_path() : fs::path(directory_);
  }

  ExitCode examine(const mpi::Communicator& world) {
    subject_.progress("run file", world.rank() == 0 ? doctor::Activity::Working : doctor::Activity::Waiting);
    mpi::on_rank_zero(world, [&] { read_run(); });
    subject_.versions = library_versions();
    const doctor::Diagnosis diagnosis = doctor::examine(world, subject_);
    if (world.rank() == 0) {
      const auto style = stdout_is_colored() ? doctor::Style::Colored : doctor::Style::Plain;
      std::fputs((json_ ? diagnosis_json(diagnosis) : diagnosis_text(diagnosis, style)).c_str(), stdout);
      std::fflush(stdout);
    }
    return static_cast<ExitCode>(world.broadcast(static_cast<int64_t>(diagnosis.exit_code())));
  }

  std::string run_file_, directory_;
  bool json_ = false;
  doctor::Subject subject_;
};

}  // namespace

std::unique_ptr<Command> make_doctor_command() {
  return std::make_unique<DoctorCommand>();
}

}  // namespace fullshard::cli
