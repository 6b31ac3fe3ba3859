#pragma once
// A model's weights into the slices of a store: each rank reads the bytes of its slices only.

#include "fullshard/convert/model_directory.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::convert {

/// The tensors that a model of this specification needs, in order.
std::vector<ExpectedTensor> expected_tensors(const model::ModelSpec& spec);

/// Fills this rank's master slices (working slices where the store only evaluates) and refreshes working
/// copies. Not collective.
///
/// Throws  ModelError with every difference between the directory and the specification; IoError
void import_model(const ModelDirectory& directory, shard::ParamStore& store);

/// Fills the slices with seeded numbers, element by element the same on any number of ranks: matrices normal
/// with the configuration's `initializer_range`, norms one, biases zero.
void initialise_randomly(uint64_t seed, shard::ParamStore& store);

}  // namespace fullshard::convert
