#include "fullshard/mpi/launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fullshard::mpi {

namespace {

constexpr std::string_view kStartWithPmix =
    "start with 'srun --mpi=pmix' (srun --mpi=list shows what this site has)";

// Not any PMIX_ or PMI_: people set PMIX_MCA_… in their profiles.
bool has_process_manager(const Variables& variables) {
  return std::ranges::any_of(std::array{"PMIX_RANK", "PMIX_NAMESPACE", "PMI_RANK", "PMI_FD"},
                             [&](const char* name) { return variables.contains(name); });
}

std::string wrong_count(const Launch& launch, int seen) {
  if (launch.by == Launcher::Srun)
    return fmt::format("SLURM started {} tasks but MPI sees {}; {}", *launch.ranks, seen, kStartWithPmix);
  return fmt::format(
      "{} started {} ranks but the MPI that this program was built with sees {}; start with the mpirun of "
      "that MPI (fullshard --version names it)",
      name_of(launch.by), *launch.ranks, seen);
}

std::string wrong_nodes(const Launch& launch, int seen) {
  const char* remedy = seen > *launch.nodes
                           ? "let the tasks of a node share one host name, /dev/shm and container"
                           : "give each node its own host name and /dev/shm";
  return fmt::format(
      "SLURM runs this step on {} node(s) but MPI sees {}; {}, and start with 'srun --mpi=pmix'",
      *launch.nodes, seen, remedy);
}

}  // namespace

Variables variables_from(const char* const* environment) {
  Variables variables;
  for (; *environment; ++environment) {
    const std::string_view entry = *environment;
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

std::optional<int> number_of(const Variables& variables, std::string_view name) {
  const auto at = variables.find(name);
  if (at == variables.end()) return std::nullopt;
  const std::string& text = at->second;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Launch launch_of(const Variables& v) {
  if (const auto ranks = number_of(v, "OMPI_COMM_WORLD_SIZE"))
    return {Launcher::OpenMpi, ranks, std::nullopt, number_of(v, "OMPI_COMM_WORLD_LOCAL_RANK")};
  if (const auto local = number_of(v, "MPI_LOCALRANKID"))  // MPICH and its relatives
    return {Launcher::Hydra, number_of(v, "PMI_SIZE"), std::nullopt, local};
  // Components of a heterogeneous step count by themselves, MPI counts all of them.
  const bool heterogeneous = v.contains("SLURM_HET_SIZE") || v.contains("SLURM_PACK_SIZE");
  if (const auto tasks = number_of(v, "SLURM_STEP_NUM_TASKS"); tasks && !heterogeneous)
    return {Launcher::Srun, tasks, number_of(v, "SLURM_STEP_NUM_NODES"), number_of(v, "SLURM_LOCALID")};
  return {};
}

std::string_view name_of(Launcher launcher) {
  switch (launcher) {
    case Launcher::OpenMpi:
      return "mpirun (Open MPI)";
    case Launcher::Hydra:
      return "mpiexec (Hydra)";
    case Launcher::Srun:
      return "srun";
    case Launcher::None:
      break;
  }
  return "no launcher";
}

std::string problem_before_start(const Variables& variables, std::string_view library) {
  const Launch launch = launch_of(variables);
  // Open MPI takes SLURM_STEP_ID for its sign that srun started it, and aborts even one task. Other libraries
  // may find their peers by SLURM's oldest interface, which has no variables.
  if (launch.by != Launcher::Srun || !library.starts_with("Open MPI")) return "";
  if (*launch.ranks < 2 && !variables.contains("SLURM_STEP_ID")) return "";
  if (has_process_manager(variables)) return "";
  return fmt::format(
      "SLURM started {} task(s) without a process manager, so that MPI cannot connect them; {}",
      *launch.ranks, kStartWithPmix);
}

std::string contradiction(const Variables& variables, const Placement& seen) {
  const Launch launch = launch_of(variables);
  if (launch.ranks && *launch.ranks != seen.ranks) return wrong_count(launch, seen.ranks);
  if (launch.nodes && *launch.nodes != seen.nodes) return wrong_nodes(launch, seen.nodes);
  if (launch.local_rank && *launch.local_rank != seen.local_rank)
    return fmt::format(
        "{} says that this is local rank {} of its node, MPI says {}: the ranks of a node do not see each "
        "other or are counted in another order; let the ranks of a node share one host name, /dev/shm and "
        "container",
        name_of(launch.by), *launch.local_rank, seen.local_rank);
  return "";
}

}  // namespace fullshard::mpi
