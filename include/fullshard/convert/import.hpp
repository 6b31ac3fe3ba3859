#pragma once
// A model's weights into the slices of a store: each rank reads the bytes of its slices only.

#include "fullshard/convert/model_directory.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::convert {

/// The weights of a model of this specification, opened but not compared with it.
ModelDirectory open_model(const std::filesystem::path& directory, const model::ModelSpec& spec);

/// Throws ModelError with every difference between the directory and the specification. May read a tied
/// matrix whole, so one rank does it for all.
void check_model(const ModelDirectory& directory, const model::ModelSpec& spec);

/// Fills this rank's master slices (working slices where the store only evaluates), reading their bytes
/// alone, and refreshes working copies. Not collective; the directory has passed check_model. Throws
/// ModelError, IoError.
void import_model(const ModelDirectory& directory, shard::ParamStore& store);

/// Fills the slices with seeded numbers, element by element the same on any number of ranks: matrices normal
/// with the configuration's `initializer_range`, norms one, biases zero.
void initialise_randomly(uint64_t seed, shard::ParamStore& store);

}  // namespace fullshard::convert
