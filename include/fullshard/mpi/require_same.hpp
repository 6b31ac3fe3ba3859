#pragma once

#include <string>

#include "fullshard/core/error.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// What every rank has read for itself decides how all of them communicate, and files may differ from node to
/// node: unless `mine` is the same everywhere, all ranks throw one Error with the exit code `otherwise`. It
/// begins with rank 0's `what` and has the first rank that is unlike rank 0, both hosts, and the lines of
/// `mine` in which the two differ first.
///
/// Collective  over `comm`
void require_same(const Communicator& comm, const std::string& what, const std::string& mine,
                  ExitCode otherwise);

}  // namespace fullshard::mpi
