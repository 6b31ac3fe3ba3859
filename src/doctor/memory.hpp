#pragma once
// How much memory may a rank use, and does a limit or a stranger take it away?

#include <span>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

Finding judge_memory(std::span<const RankFacts> all);

/// Ranks of a node exchange data through /dev/shm.
Finding judge_shared_memory(std::span<const RankFacts> all);

}  // namespace fullshard::doctor
