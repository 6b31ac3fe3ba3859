#pragma once
// What the launcher promised, read from the variables that it gave each rank, against what MPI sees. Pure:
// who reads the environment passes it.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace fullshard::mpi {

/// Environment variables by name.
using Variables = std::map<std::string, std::string, std::less<>>;

/// From a list as `environ` is: "NAME=value" each, a null pointer last.
Variables variables_from(const char* const* environment);

/// A variable that is a number; nothing where it is absent or anything else.
std::optional<int> number_of(const Variables& variables, std::string_view name);

enum class Launcher { None, OpenMpi, Hydra, Srun };

/// What a launcher says about the job and about this rank of it; what it does not say is absent.
struct Launch {
  Launcher by = Launcher::None;
  std::optional<int> ranks, nodes, local_rank;
};

/// A mpirun inside a SLURM job wins over the job: the step that SLURM knows is then that of mpirun's daemons.
Launch launch_of(const Variables& variables);

/// "mpirun (Open MPI)", "srun"
std::string_view name_of(Launcher launcher);

/// What MPI sees. A node is what MPI_COMM_TYPE_SHARED puts together.
struct Placement {
  int ranks = 1, nodes = 1, local_rank = 0;
};

/// Why MPI_Init would end the program with words of its own, and what to do; empty where nothing speaks
/// against it. `library` is MPI's version text.
std::string problem_before_start(const Variables& variables, std::string_view library);

/// The contradiction between the launcher and MPI, and what to do; empty where there is none.
std::string contradiction(const Variables& variables, const Placement& seen);

}  // namespace fullshard::mpi
