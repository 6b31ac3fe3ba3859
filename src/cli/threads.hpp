#pragma once

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::cli {

/// This rank's share of the machine's cores, or what OMP_NUM_THREADS says.
///
/// Collective  over `world`
int own_share_of_cores(const mpi::Communicator& world);

/// Sets ATen's threads to this rank's share of the machine's cores, unless OMP_NUM_THREADS says how many.
///
/// Collective  over `world`
void use_own_share_of_cores(const mpi::Communicator& world);

}  // namespace fullshard::cli
