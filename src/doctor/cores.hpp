#pragma once
// Does each rank have processor cores of its own, and are they used?

#include <span>
#include <string_view>
#include <vector>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

/// The cores of a set as the kernel writes it, "0-3,8", in ascending order; what cannot be read is left out.
std::vector<int> parse_cores(std::string_view set);

Finding judge_cores(std::span<const RankFacts> all);

}  // namespace fullshard::doctor
