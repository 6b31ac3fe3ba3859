#pragma once
// What every block of one micro-batch shares: its sequences, the positions of its tokens and the rotary
// tables.
//
// Shapes: N tokens of all sequences, dh head width.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "fullshard/config/model_config.hpp"
#include "fullshard/model/segments.hpp"

namespace fullshard::model {

/// Rotary tables [positions, dh/2] in the accumulation type (fp64 for fp64, else fp32).
struct RopeTable {
  at::Tensor cosine, sine;
};

/// Computed by the fp32 operations that transformers uses, so that long contexts agree (exact tables agree
/// less); entirely in fp64 for fp64. `length` matters to dynamic scaling only: the tables follow from the
/// longest sequence of the batch, not from history. Source: transformers, modeling_rope_utils.py.
RopeTable make_rope_table(const config::ModelConfig& config, int64_t length, at::ScalarType acc_type);

/// Which row of the tables rotates which token.
struct TokenRotation {
  at::Tensor positions;  ///< [N], int32
  RopeTable rope;
};
/// Tokens [first, first + count) of one sequence, whose positions `rope` has.
TokenRotation rotation_of(RopeTable rope, int64_t first, int64_t count);

struct Sequences {
  /// `segments` lie where blocks compute.
  Sequences(const config::ModelConfig& config, Segments segments, at::ScalarType compute_type);

  Segments segments;
  TokenRotation rotation;
};

/// One micro-batch, in host memory: sequences end to end, and for each token the one to be predicted there.
struct MicroBatch {
  std::span<const int32_t> ids;      ///< [N]
  std::span<const int32_t> targets;  ///< [N], -100 where nothing is trained
  std::span<const int32_t> starts;   ///< of the sequences, as Segments takes them
};

}  // namespace fullshard::model
