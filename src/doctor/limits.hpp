#pragma once
// Limits of the shell that a job inherits, and devices that this build does not use.

#include <span>
#include <string_view>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

Finding judge_limits(std::span<const RankFacts> all);

/// `build` says what this build computes on.
Finding judge_gpus(std::span<const RankFacts> all, std::string_view build);

}  // namespace fullshard::doctor
