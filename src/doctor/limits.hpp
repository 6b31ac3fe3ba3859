#pragma once
// Limits of the shell that a job inherits.

#include <span>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

Finding judge_limits(std::span<const RankFacts> all);

}  // namespace fullshard::doctor
