#pragma once
// The parameters of a model, unit by unit, under their Hugging Face names: arithmetic on a ModelConfig.

#include <string>
#include <vector>

#include "fullshard/config/model_config.hpp"
#include "fullshard/core/ids.hpp"
#include "fullshard/tensor/param_spec.hpp"

namespace fullshard::model {

using tensor::ParamSpec;

/// Embed: the embedding. Tied: embedding, which is the output projection too, and final norm. Block: one
/// layer. Head: final norm and output projection of an untied model.
enum class UnitKind { Embed, Tied, Block, Head };

/// What is gathered and released together.
struct UnitSpec {
  UnitKind kind;
  std::string name;  ///< "embed", "tied", "block 7", "head": for people
  std::vector<ParamSpec> params;
};

/// Units in forward order: embed (or tied), the blocks, head (absent where tied: the first unit serves
/// again).
struct ModelSpec {
  explicit ModelSpec(const config::ModelConfig& config);

  config::ModelConfig config;
  std::vector<UnitSpec> units;

  UnitIndex embed_unit() const { return UnitIndex(0); }
  UnitIndex block_unit(int64_t layer) const { return UnitIndex(static_cast<int>(layer) + 1); }
  UnitIndex head_unit() const {
    return config.tied ? embed_unit() : UnitIndex(static_cast<int>(units.size()) - 1);
  }
  const UnitSpec& unit(UnitIndex u) const { return units[static_cast<size_t>(u.value)]; }
  int64_t num_parameters() const;
};

}  // namespace fullshard::model
