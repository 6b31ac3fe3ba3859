#pragma once

#include <functional>

#include "cli/command.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::cli {

/// Runs `work` between MPI's start and end and turns its exceptions into the exit code. `patience_seconds` is
/// for mpi::Environment.
///
/// Collective  all ranks of the job
/// Errors      that every rank throws (mpi::agree) are said once, by rank 0, and MPI ends in order; one that
/// a
///             rank throws alone is said by that rank, and the job is aborted, since the others wait for it
ExitCode with_mpi(const Invocation& invocation, const std::function<ExitCode(const mpi::Communicator&)>& work,
                  double patience_seconds = 60);

}  // namespace fullshard::cli
