#pragma once
// What every block of one micro-batch shares: its shape, the positions of its tokens and the rotary tables.
//
// Shapes: B sequences, T tokens of each (padded), N = B·T, dh head width.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "fullshard/config/model_config.hpp"

namespace fullshard::model {

/// Rotary tables [positions, dh/2] in the accumulation type (fp64 for fp64, else fp32).
struct RopeTable {
  at::Tensor cosine, sine;
};

/// Computed by the fp32 operations that transformers uses, so that long contexts agree (exact tables agree
/// less); entirely in fp64 for fp64. `length` matters to dynamic scaling only: the tables follow from the
/// batch, not from history. Source: transformers, modeling_rope_utils.py.
RopeTable make_rope_table(const config::ModelConfig& config, int64_t length, at::ScalarType acc_type);

struct Sequence {
  /// `device` is where blocks compute.
  Sequence(const config::ModelConfig& config, int64_t rows, int64_t length, at::ScalarType compute_type,
           at::Device device = at::kCPU);
  /// The tokens [first, first + count) of one sequence, where `rope` is, which covers them.
  Sequence(RopeTable rope, int64_t first, int64_t count);

  int64_t rows, length;
  at::Tensor positions;  ///< [N], int32
  RopeTable rope;
};

/// One micro-batch, in host memory: padded rows of token ids and, for each position, the token to be
/// predicted there.
struct MicroBatch {
  int64_t rows = 0, length = 0;
  std::span<const int32_t> ids;      ///< [N]
  std::span<const int32_t> targets;  ///< [N], -100 where nothing is trained
};

}  // namespace fullshard::model
