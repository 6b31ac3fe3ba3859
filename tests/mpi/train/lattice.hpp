#pragma once
// Small models trained for a few updates by any strategy on any mesh, and what came out.

#include <cmath>
#include <string>
#include <vector>

#include "fullshard/config/model_config.hpp"
#include "fullshard/config/run_config.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/mpi/communicator.hpp"
#include "fullshard/shard/strategy.hpp"

namespace fullshard::train {

config::ModelConfig model_of(bool tied);

struct Result {
  std::vector<double> losses, norms;
  Digest digest;                  // of all masters
  std::vector<double> masters;    // this rank's share of all elements, in order of unit and element
  std::vector<int64_t> elements;  // which those are
  int64_t sent = 0;               // by this rank between nodes, in the last step
};

/// A few updates on `group`, whose ranks deal `rows` micro-batches of one row.
Result trained(const config::ModelConfig& model, const config::RunConfig& run, const mpi::Communicator& group,
               int64_t rows);

config::RunConfig run_of(const shard::Strategy& s, int nodes, config::Precision precision,
                         config::Reduction reduction);

/// By ddp on this rank alone.
Result alone(const config::ModelConfig& model, config::Precision precision, config::Reduction reduction,
             int64_t rows);

/// Numbers of nodes that the ranks of this test can be cut into.
std::vector<int> meshes_here();

/// In fp64, to rounding.
bool agrees(const Result& r, const Result& reference);
/// To the last bit.
bool equals(const Result& r, const Result& reference);

std::string text(const shard::Strategy& s, int nodes, int64_t rows);

}  // namespace fullshard::train
