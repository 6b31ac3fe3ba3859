#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "fullshard/data/mixture.hpp"
#include "fullshard/data/packing.hpp"

namespace fullshard::data {

/// Length of a sample in tokens.
using LengthOf = std::function<int64_t(SampleId)>;

struct Batching {
  int64_t global_batch = 1;  ///< rows of an update
  int64_t micro_batch = 1;   ///< rows of a micro-batch
  /// Samples are packed into rows of at most so many tokens; without it each is a row.
  std::optional<int64_t> row_length = {};
  uint64_t seed = 0;
  Order order = Order::Shuffled;
};

/// Which samples the steps of one epoch train, micro-batch by micro-batch; who computes which is
/// mesh::Dealing's business. A function of its arguments: no rank is in it.
///
///   samples of the epoch → rows → permuted → global batches → rows by falling cost → micro-batches
class EpochPlan {
 public:
  /// Samples of one micro-batch.
  using Samples = std::vector<SampleId>;

  EpochPlan(const Mixture& mixture, int64_t epoch, LengthOf length, const Batching& batching);

  int64_t num_rows() const { return packed_ ? packed_->count() : mixture_.size(); }
  /// The last step takes what is left.
  int64_t num_steps() const;
  /// `step` counts from 0 in this epoch.
  int64_t num_micro_batches(int64_t step) const;
  /// All micro-batches of a step. Its rows are sorted by the cost of attention, the sum of the squared
  /// lengths: micro-batches that are computed at the same time, one after the other in this order, take
  /// about the same time.
  std::vector<Samples> micro_batches(int64_t step) const;

 private:
  int64_t rows_of(int64_t step) const;
  Samples samples_of_row(int64_t row) const;

  Mixture mixture_;
  int64_t epoch_;
  LengthOf length_;
  Batching batching_;
  std::optional<Rows> packed_;
};

/// One of the micro-batches of a step; a number behind the last gives none.
std::span<const SampleId> micro_batch_or_none(const std::vector<EpochPlan::Samples>& micro_batches,
                                              int64_t number);

/// The rows of an epoch of a mixture, if it is packed.
std::optional<Rows> packed_rows(const Mixture& mixture, int64_t epoch, const LengthOf& length,
                                const Batching& batching);

}  // namespace fullshard::data
