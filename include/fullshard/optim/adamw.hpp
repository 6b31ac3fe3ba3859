#pragma once

#include "fullshard/shard/param_store.hpp"

namespace fullshard::optim {

struct AdamWConfig {
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;  ///< decoupled; matrices only, as Hugging Face groups parameters
};

struct Update {
  int64_t number;  ///< counts from 1; bias corrections follow from it
  double learning_rate;
  double gradient_factor;  ///< 1/tokens, times the clip factor
};

/// One update of every slice that this rank owns: moments, master, working copy. Bumps the store's version.
/// Source: Loshchilov and Hutter, arXiv:1711.05101.
void adamw_update(shard::ParamStore& store, const AdamWConfig& config, const Update& update);

}  // namespace fullshard::optim
