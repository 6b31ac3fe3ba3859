#pragma once
// What a Hugging Face config.json says about a model, typed and checked. Families that we train differ only
// in the fields below, so a family is data, not a class.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fullshard/core/dtype.hpp"

namespace fullshard::config {

enum class Family { Llama, Mistral, Qwen2, Qwen3 };

/// `model_type` of its config.json: "llama", …
std::string_view name_of(Family family);

enum class RopeKind { Default, Linear, Dynamic, Yarn, Llama3 };

/// Rotary embedding; fields that a kind does not use keep their defaults. Source: transformers,
/// modeling_rope_utils.py.
struct RopeConfig {
  RopeKind kind = RopeKind::Default;
  double theta = 10000;
  double factor = 1;
  int64_t original_max_positions = 0;  ///< dynamic, yarn, llama3: never 0 after loading
  double low_freq_factor = 1;          ///< llama3
  double high_freq_factor = 4;         ///< llama3
  std::optional<double>
      attention_factor;   ///< yarn: scales cos and sin; derived from `factor` and the mscales if absent
  double beta_fast = 32;  ///< yarn
  double beta_slow = 1;   ///< yarn
  std::optional<double> mscale;          ///< yarn
  std::optional<double> mscale_all_dim;  ///< yarn
  bool truncate = true;                  ///< yarn: correction range rounded to whole dimensions
};

struct ModelConfig {
  Family family = Family::Llama;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_layers = 0;
  int64_t num_heads = 0;
  int64_t num_kv_heads = 0;
  int64_t head_dim = 0;
  int64_t max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  bool qkv_bias = false;  ///< biases on q, k, v projections (Qwen2; Llama with attention_bias)
  bool o_bias = false;    ///< bias on the output projection (Llama with attention_bias)
  bool mlp_bias = false;  ///< biases on gate, up, down
  bool qk_norm = false;   ///< RMSNorm over each head of q and k before RoPE (Qwen3)
  bool tied = false;      ///< tie_word_embeddings: one matrix is embedding and output projection
  RopeConfig rope;
  /// Per layer: a query sees the `window` newest positions, itself included; 0 means all earlier ones.
  std::vector<int64_t> sliding_window;
  double initializer_range = 0.02;
  DType dtype = DType::F32;  ///< `torch_dtype` or `dtype`: what an export uses unless told otherwise
  std::optional<int64_t> bos_token_id;
  std::vector<int64_t> eos_token_ids;
  std::optional<int64_t> pad_token_id;
};

/// Reads and checks `path` (a config.json). Throws ModelError for JSON that is broken, an architecture that
/// we do not train, and every setting that we would otherwise have to ignore; all problems of a file are in
/// one message.
ModelConfig load_model_config(const std::filesystem::path& path);

}  // namespace fullshard::config
