#pragma once

#include "fullshard/data/batch.hpp"
#include "fullshard/model/sequences.hpp"

namespace fullshard::train {

/// A view of `batch`, which must outlive it.
inline model::MicroBatch view(const data::MicroBatch& batch) {
  return {batch.ids, batch.targets, batch.starts};
}

}  // namespace fullshard::train
