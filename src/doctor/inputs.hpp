#pragma once
// Do all ranks see what the run reads?

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/doctor/examine.hpp"
#include "fullshard/mpi/communicator.hpp"

namespace fullshard::doctor {

/// For each rank the first of rank 0's paths that it cannot read, with the reason; empty where there is none.
///
/// Collective  over `world`
std::vector<std::string> probe_inputs(const mpi::Communicator& world,
                                      const std::vector<std::filesystem::path>& paths,
                                      const Progress& progress);

Finding judge_inputs(std::span<const RankFacts> all, std::span<const std::string> problems);

}  // namespace fullshard::doctor
