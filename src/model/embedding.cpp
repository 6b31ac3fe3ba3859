#include "fullshard/model/embedding.hpp"

namespace fullshard::model {

Tensor embed(const UnitTensors& weights, std::span<const int32_t> ids) {
  const Tensor rows = embedding_rows(weights[Role::Embedding], ids);
  return rows.to(acc_type(rows.scalar_type()));
}

void embed_backward(const config::ModelConfig& config, const UnitTensors& gradients, const Tensor& dx,
                    const MicroBatch& batch, Accumulate mode) {
  if (mode == Accumulate::Overwrite) gradients[Role::Embedding].zero_();
  if (config.pad_token_id) clear_rows(dx, batch.ids, *config.pad_token_id);
  embedding_rows_backward(gradients[Role::Embedding], dx, batch.ids);
}

}  // namespace fullshard::model
