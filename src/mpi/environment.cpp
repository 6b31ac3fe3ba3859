#include "fullshard/mpi/environment.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <cstdlib>
#include <exception>
#include <string>

#include "fullshard/core/error.hpp"
#include "mpi/native.hpp"

namespace fullshard::mpi {

namespace {

// A SLURM without the matching PMIx starts every task as rank 0 of 1; each would train, and all would write
// one directory.
void refuse_singletons() {
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  int size = 0;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (tasks && std::atoi(tasks) > 1 && size == 1)
    throw CommError("MPI_Init",
                    fmt::format("SLURM started {} tasks but MPI sees 1; start with 'srun --mpi=pmix' "
                                "(srun --mpi=list shows what this site has)",
                                tasks));
}

}  // namespace

Environment::Environment(int& argc, char**& argv) : exceptions_at_start_(std::uncaught_exceptions()) {
  int provided = 0;
  check(MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
  if (provided < MPI_THREAD_SERIALIZED)
    throw CommError("MPI_Init_thread",
                    fmt::format("this MPI gives thread level {}, MPI_THREAD_SERIALIZED is needed", provided));
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  refuse_singletons();
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
