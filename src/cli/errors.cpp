#include "cli/errors.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

#include "fullshard/core/filesystem_error.hpp"

namespace fullshard::cli {

Ending ending_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Error& e) {
    return {e.exit_code(), e.what()};
  } catch (const std::filesystem::filesystem_error& e) {
    const IoError io = io_error_of(e);
    return {io.exit_code(), io.what()};
  } catch (const std::bad_alloc&) {
    return {ExitCode::OutOfMemory,
            "out of memory; use more ranks, a smaller batch or cutoff_len, or recompute: full"};
  } catch (const std::exception& e) {
    return {ExitCode::Internal, std::string("internal error, please report it: ") + e.what()};
  }
}

void print_error(const std::string& message) {
  std::fputs(("fullshard: error: " + message + "\n").c_str(), stderr);
}

int launcher_rank() {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const char* rank = std::getenv(name)) return std::atoi(rank);
  return 0;
}

bool is_done_here(const char* command) {
  const int rank = launcher_rank();
  if (rank != 0)
    std::fputs(("fullshard: rank " + std::to_string(rank) + " leaves " + command +
                " to rank 0; unset the launcher's variables (SLURM_PROCID, …) for a process of its own\n")
                   .c_str(),
               stderr);
  return rank == 0;
}

}  // namespace fullshard::cli
