#pragma once

#include "fullshard/data/batch.hpp"
#include "fullshard/model/sequences.hpp"

namespace fullshard::train {

/// The samples as the model takes them. A rank without samples gets one token that trains nothing: it takes
/// part in every collective and contributes zero.
data::MicroBatch batch_or_idle(const data::Dataset& dataset, std::span<const int64_t> samples);

/// A view of `batch`, which must outlive it.
model::MicroBatch view(const data::MicroBatch& batch);

}  // namespace fullshard::train
