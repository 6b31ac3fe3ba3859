#pragma once

#include <span>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"
#include "fullshard/mpi/launch.hpp"

namespace fullshard::doctor {

/// "4 ranks on 2 nodes (mesh 2×2): n1 2, n2 2"
std::string allocation_text(std::span<const RankFacts> all);

/// Who started the ranks, and whether nodes of the allocation are left out; contradictions with MPI end the
/// program before (mpi::Environment).
Finding judge_launch(const mpi::Variables& variables, std::span<const RankFacts> all);

}  // namespace fullshard::doctor
