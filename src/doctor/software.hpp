#pragma once
// Do all ranks run the same program, with the same libraries, on the same kind of processor?

#include <span>

#include "doctor/facts.hpp"
#include "fullshard/doctor/diagnosis.hpp"

namespace fullshard::doctor {

Finding judge_program(std::span<const RankFacts> all);
/// Versions that the program knows, then builds of what is loaded on both sides; a library that only some
/// load (a plugin for other hardware) is no difference.
Finding judge_libraries(std::span<const RankFacts> all);
Finding judge_processors(std::span<const RankFacts> all);

}  // namespace fullshard::doctor
