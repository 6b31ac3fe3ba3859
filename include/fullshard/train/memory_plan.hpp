#pragma once

#include "fullshard/report/step_record.hpp"
#include "fullshard/train/engine.hpp"

namespace fullshard::train {

/// Bytes of one rank by part: slices as allocated, rings as allocated, activations of a micro-batch of `rows`
/// × `length`.
std::vector<report::NamedBytes> memory_plan(const Engine& engine, const config::RunConfig& run, int64_t rows,
                                            int64_t length);

/// Largest resident set of this process so far (VmHWM; ru_maxrss would include what ran before exec).
Bytes peak_resident();

}  // namespace fullshard::train
