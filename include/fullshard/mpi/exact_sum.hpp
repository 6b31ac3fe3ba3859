#pragma once

#include <span>

#include "fullshard/mpi/communicator.hpp"

namespace fullshard::mpi {

/// Σ of all ranks' terms: the same bits on every rank, in whatever way the terms are dealt to them. Infinite
/// if any term is not finite.
///
/// Collective  over `comm`
double exact_sum(const Communicator& comm, std::span<const double> terms);

}  // namespace fullshard::mpi
