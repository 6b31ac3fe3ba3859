#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "cli/command.hpp"
#include "cli/errors.hpp"
#include "cli/version.hpp"
#include "fullshard/tensor/caching_allocator.hpp"

namespace fullshard::cli {
namespace {

constexpr const char* kFooter =
    "Examples:\n"
    "  fullshard train run.json\n"
    "  mpirun -n 4 fullshard train run.json learning_rate=1e-5\n"
    "  fullshard COMMAND --help\n\n"
    "Exit codes: 0 done, 2 usage or configuration, 3 model or data refused, 4 out of memory,\n"
    "5 communication, 6 numbers, 7 input/output, 8 a GPU, 70 internal, 75 checkpointed, submit again";

/// Help and version on stdout, a mistake in one line on stderr; before MPI the launcher says who is rank 0.
ExitCode explain(const CLI::App& program, const CLI::ParseError& error) {
  const bool wanted = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
  if (launcher_rank() == 0) {
    if (wanted) {
      program.exit(error);
    } else {
      print_error(std::string(error.what()) + "; fullshard --help and fullshard COMMAND --help explain");
    }
  }
  return wanted ? ExitCode::Done : ExitCode::Usage;
}

/// What was printed may still be in a buffer, and a full disk is noticed here.
void flush_stdout() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0 || !std::cout)
    throw IoError("standard output", -1,
                  "not all of it could be written: " +
                      (errno != 0 ? errno_text(errno) : std::string("is the disk full?")));
}

/// How `work` ends, what it has printed included; a process that `speaks` says what went wrong.
template <class Work>
ExitCode reported(bool speaks, const Work& work) {
  try {
    const ExitCode code = work();
    if (code == ExitCode::Done) flush_stdout();
    return code;
  } catch (...) {
    const Ending ending = ending_of(std::current_exception());
    if (speaks) print_error(ending.message);
    return ending.code;
  }
}

ExitCode run(int argc, char** argv) {
  const bool first = launcher_rank() == 0;  // now: an MPI that sees itself alone says rank 0 to all
  CLI::App program("Fine-tunes all parameters of language models across the nodes of a cluster.",
                   "fullshard");
  program.set_version_flag("--version", version_text);
  program.require_subcommand(1);
  program.footer(kFooter);
  const auto commands = all_commands();
  std::vector<CLI::App*> declared;
  for (const auto& command : commands) declared.push_back(command->declare(program));
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(program, error);
  }
  for (size_t i = 0; i < commands.size(); ++i)
    if (declared[i]->parsed())
      return reported(first || commands[i]->speaker() == Speaker::Everyone, [&] {
        return commands[i]->run({argc, argv});
      });
  return ExitCode::Usage;
}

}  // namespace
}  // namespace fullshard::cli

int main(int argc, char** argv) {
  using namespace fullshard::cli;
  std::signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error of write, not a death
  fullshard::tensor::use_caching_allocator();
  return static_cast<int>(reported(launcher_rank() == 0, [&] { return run(argc, argv); }));
}
