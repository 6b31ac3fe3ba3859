#pragma once

#include <mpi.h>

#include <vector>

namespace fullshard::mpi {

/// Ranks that did not answer within `seconds`. On rank 0 all whom it did not hear; elsewhere {0} where rank 0
/// did not say, a little later, that it heard everybody. Needs no other communication to have worked: a
/// collective would wait for ever, and would not know for whom.
///
/// Collective  over `comm`; where anybody is missing, MPI cannot be finalized any more
std::vector<int> unheard_ranks(MPI_Comm comm, double seconds);

}  // namespace fullshard::mpi
