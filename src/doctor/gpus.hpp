#pragma once
// Which GPUs would compute, and whether each rank finds one of its own?

#include <span>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

Finding judge_gpus(std::span<const RankFacts> all);

}  // namespace fullshard::doctor
