#pragma once
// One sequence, token by token: keys and values of earlier tokens are kept, so that a token costs one pass
// over the weights.

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "fullshard/generate/kv_cache.hpp"
#include "fullshard/model/model_spec.hpp"
#include "fullshard/model/sequences.hpp"
#include "fullshard/model/unit_tensors.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::generate {

/// Under dynamic RoPE scaling a key keeps the rotation of the length at which it was computed, as in
/// transformers (its issue 25104); in everything else the logits are those of the whole sequence at once.
class Decoder {
 public:
  /// Both must outlive the decoder; `params` must hold whole units (strategy ddp, or one rank).
  Decoder(const model::ModelSpec& spec, const shard::ParamStore& params);

  /// Forgets the sequence so far and starts with `ids`. Returns the logits [V] of the last token, in acc
  /// (fp64 for fp64, else fp32).
  ///
  /// Throws  Error(Refused) if there are no ids, or one is outside the vocabulary
  at::Tensor prefill(std::span<const int32_t> ids);
  /// The same for one more token.
  at::Tensor step(int32_t id);

  /// Tokens so far.
  int64_t length() const { return cache_.length(); }
  const model::ModelSpec& spec() const { return spec_; }

 private:
  at::Tensor advance(std::span<const int32_t> ids);
  at::Tensor block(int64_t layer, const at::Tensor& x_ND, const model::TokenRotation& newest);
  void check_ids(std::span<const int32_t> ids) const;
  void cover_with_rope();

  const model::ModelSpec& spec_;
  at::ScalarType type_;
  std::vector<model::UnitTensors> units_;
  KvCache cache_;
  model::RopeTable rope_;
  int64_t rope_length_ = 0;  // the length of sequences that rope_ is for
};

}  // namespace fullshard::generate
