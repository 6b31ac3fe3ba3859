#pragma once

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// Whether every rank of `comm` calls this within `seconds`. False leaves the communicator unusable: the
/// caller aborts the job.
///
/// Collective  over `comm`, which must be used for nothing else; ranks that never come are what it detects
bool all_arrive(const Communicator& comm, double seconds);

}  // namespace fullshard::mpi
