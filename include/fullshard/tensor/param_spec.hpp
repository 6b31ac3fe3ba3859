#pragma once
// What a parameter is, before any memory exists for it.

#include <cstdint>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "fullshard/core/sizes.hpp"

namespace fullshard::tensor {

/// What a parameter does in its unit.
enum class Role {
  Embedding,
  FinalNorm,
  OutputProjection,
  InputNorm,
  Query,
  Key,
  Value,
  QueryBias,
  KeyBias,
  ValueBias,
  QueryNorm,
  KeyNorm,
  AttentionOutput,
  AttentionOutputBias,
  PostNorm,
  Gate,
  Up,
  Down,
  GateBias,
  UpBias,
  DownBias,
  Count
};

enum class Init { Normal, Ones, Zeros };
enum class WeightDecay { Yes, No };

struct ParamSpec {
  std::string name;  ///< Hugging Face name
  Role role;
  std::vector<int64_t> shape;
  Init init;
  WeightDecay decay;  ///< as Hugging Face groups it: every matrix decays, norms and biases do not

  bool is_vector() const { return shape.size() == 1; }  ///< a norm's weight or a bias
  Elems size() const {
    return {std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>())};
  }
};

}  // namespace fullshard::tensor
