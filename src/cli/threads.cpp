#include "cli/threads.hpp"

#include <ATen/Parallel.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace fullshard::cli {

int own_share_of_cores(const mpi::Communicator& world) {
  const mpi::Communicator node = world.split_shared();  // collective, so before any return
  if (const char* told = std::getenv("OMP_NUM_THREADS")) return std::max(1, std::atoi(told));
  cpu_set_t mine;
  CPU_ZERO(&mine);
  if (::sched_getaffinity(0, sizeof mine, &mine) != 0) return 1;
  // A launcher that binds gives each rank its cores; one that does not gives all cores to everybody.
  const int cores = CPU_COUNT(&mine);
  const bool bound = cores < ::sysconf(_SC_NPROCESSORS_ONLN) || node.size() == 1;
  return bound ? cores : std::max(1, cores / node.size());
}

void use_own_share_of_cores(const mpi::Communicator& world) {
  const int cores = own_share_of_cores(world);
  if (std::getenv("OMP_NUM_THREADS") == nullptr) at::set_num_threads(cores);
}

}  // namespace fullshard::cli
