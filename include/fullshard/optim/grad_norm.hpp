#pragma once

#include "fullshard/mpi/communicator.hpp"
#include "fullshard/shard/param_store.hpp"

namespace fullshard::optim {

/// Euclidean norm of the whole gradient as accumulated in the store, each element once: fp64 partial sums per
/// block of 2,048 elements, added exactly: no layout changes a bit of it. Not yet divided by anything. Inf or
/// NaN in any element shows in the result.
///
/// Collective  over `world`; the same bits on every rank
double grad_norm(const shard::ParamStore& store, const mpi::Communicator& world);

}  // namespace fullshard::optim
