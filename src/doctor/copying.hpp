#pragma once
// How fast does each node move memory while all its ranks do?

#include <span>
#include <vector>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::doctor {

/// Bytes per second that each rank copied, all at once.
///
/// Collective  over `world`
std::vector<double> probe_copying(const mpi::Communicator& world);

Finding judge_copying(std::span<const RankFacts> all, std::span<const double> bytes_per_second);

}  // namespace fullshard::doctor
