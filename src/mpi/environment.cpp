#include "fullshard/mpi/environment.hpp"

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "fullshard/core/error.hpp"
#include "fullshard/mpi/launch.hpp"
#include "mpi/native.hpp"
#include "mpi/roll_call.hpp"

namespace fullshard::mpi {

namespace {

// Each task that sees itself alone would train, and all would write one directory. All ranks that see each
// other agree, so that each throws and MPI ends in order.
void refuse_contradictions(const Variables& variables) {
  std::string problem;
  {
    const Communicator world = Communicator::world();
    const Communicator node = world.split_shared();
    const Placement seen{.ranks = world.size(),
                         .nodes = static_cast<int>(world.sum(int64_t{node.rank() == 0})),
                         .local_rank = node.rank()};
    for (const std::string& rank_says : world.all_gather(contradiction(variables, seen)))
      if (problem.empty()) problem = rank_says;
  }
  if (problem.empty()) return;
  MPI_Finalize();
  throw CommError("MPI_Init", problem);
}

void refuse_silence(double patience_seconds) {
  const std::vector<int> silent = unheard_ranks(MPI_COMM_WORLD, patience_seconds);
  if (silent.empty()) return;
  throw CommError("MPI_Init", fmt::format("rank(s) {} could not be reached for {} s; see whether their nodes "
                                          "answer over the network that MPI uses (with Open MPI "
                                          "OMPI_MCA_btl_tcp_if_include names it)",
                                          fmt::join(silent, ", "), patience_seconds));
}

}  // namespace

Environment::Environment(int& argc, char**& argv, double patience_seconds)
    : exceptions_at_start_(std::uncaught_exceptions()) {
  const Variables variables = variables_from(environ);  // now: MPI adds to it
  if (const std::string problem = problem_before_start(variables, library_version()); !problem.empty())
    throw CommError("MPI_Init", problem);
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_SERIALIZED)
    throw CommError("MPI_Init_thread",
                    fmt::format("this MPI gives thread level {}, MPI_THREAD_SERIALIZED is needed", provided));
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  refuse_silence(patience_seconds);
  refuse_contradictions(variables);
}

Environment::~Environment() {
  if (std::uncaught_exceptions() > exceptions_at_start_)
    MPI_Abort(MPI_COMM_WORLD, static_cast<int>(ExitCode::Internal));
  MPI_Finalize();
}

void Environment::abort(int exit_status) noexcept {
  MPI_Abort(MPI_COMM_WORLD, exit_status);
  std::_Exit(exit_status);
}

const char* library_version() {
  static const std::string text = [] {
    char buffer[MPI_MAX_LIBRARY_VERSION_STRING];
    int n = 0;
    MPI_Get_library_version(buffer, &n);  // legal before MPI_Init
    const std::string all(buffer, static_cast<size_t>(n));
    return all.substr(0, all.find_first_of(",\n"));
  }();
  return text.c_str();
}

}  // namespace fullshard::mpi
