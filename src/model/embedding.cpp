#include "fullshard/model/embedding.hpp"

namespace fullshard::model {

Tensor embed(const UnitTensors& weights, std::span<const int32_t> ids) {
  const Tensor rows = embedding_rows(weights[Role::Embedding], ids);
  return rows.to(acc_type(rows.scalar_type()));
}

void embed_backward(const config::ModelConfig& config, const UnitTensors& gradients, const Tensor& dx,
                    const MicroBatch& batch, Accumulate mode) {
  if (mode == Accumulate::Overwrite) gradients[Role::Embedding].zero_();
  if (config.pad_token_id)
    for (size_t i = 0; i < batch.ids.size(); ++i)
      if (batch.ids[i] == *config.pad_token_id) dx.select(0, static_cast<int64_t>(i)).zero_();
  embedding_rows_backward(gradients[Role::Embedding], dx, batch.ids);
}

}  // namespace fullshard::model
