#pragma once

#include "fullshard/report/step_record.hpp"
#include "fullshard/train/engine.hpp"

namespace fullshard::train {

/// Bytes of one rank by part: slices as allocated, rings as allocated, activations of a micro-batch.
struct BatchShape {
  int64_t rows, length;   ///< of a micro-batch
  int64_t micro_batches;  ///< of an update, all ranks together
};
std::vector<report::NamedBytes> memory_plan(const Engine& engine, const config::RunConfig& run,
                                            const BatchShape& batch);

/// Most that the tensors of a micro-batch of `tokens` take at a time, without what kernels use inside.
struct ActivationShape {
  DType compute;
  config::Recompute recompute;
  int64_t tokens;
  bool keeps_logsumexp;  ///< where FlashAttention computes
};
Bytes activation_memory(const config::ModelConfig& model, const ActivationShape& shape);

/// What this machine can still give, with what it caches of files. Zero if it does not say.
Bytes available_memory();

/// Of a GPU's memory, by all that use it; ATen gives nothing back, so it is the most so far. 0 for the host.
Bytes taken_memory(DeviceId device);

/// Largest resident set of this process so far (VmHWM; ru_maxrss would include what ran before exec).
Bytes peak_resident();

}  // namespace fullshard::train
