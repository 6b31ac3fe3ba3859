#include "fullshard/model/embedding.hpp"

namespace fullshard::model {

Tensor embed(const UnitTensors& weights, const MicroBatch& batch) {
  return embedding_rows(weights[Role::Embedding], batch.ids);
}

void embed_backward(const UnitTensors& gradients, const Tensor& dx, const MicroBatch& batch,
                    Accumulate mode) {
  if (mode == Accumulate::Overwrite) gradients[Role::Embedding].zero_();
  embedding_rows_backward(gradients[Role::Embedding], dx, batch.ids);
}

}  // namespace fullshard::model
