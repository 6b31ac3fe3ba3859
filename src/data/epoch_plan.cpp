#include "fullshard/data/epoch_plan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "fullshard/core/check.hpp"
#include "fullshard/core/rng.hpp"
#include "fullshard/core/sizes.hpp"

namespace fullshard::data {

namespace {

// Streams of the seed: those from 0 on are the sources'.
constexpr uint64_t kRowsStream = uint64_t{1} << 63;

}  // namespace

std::optional<Rows> packed_rows(const Mixture& mixture, int64_t epoch, const LengthOf& length,
                                const Batching& batching) {
  if (!batching.row_length) return std::nullopt;
  std::vector<int32_t> lengths(static_cast<size_t>(mixture.size()));
  for (int64_t i = 0; i < mixture.size(); ++i)
    lengths[static_cast<size_t>(i)] = static_cast<int32_t>(length(mixture.at(epoch, i)));
  return pack(lengths, *batching.row_length);
}

EpochPlan::EpochPlan(const Mixture& mixture, int64_t epoch, LengthOf length, const Batching& batching)
    : mixture_(mixture),
      epoch_(epoch),
      length_(std::move(length)),
      batching_(batching),
      packed_(packed_rows(mixture, epoch, length_, batching)) {
  FS_CHECK(batching.global_batch >= 1 && batching.micro_batch >= 1, "batches of {} and micro-batches of {}",
           batching.global_batch, batching.micro_batch);
}

int64_t EpochPlan::num_steps() const {
  return ceil_div(num_rows(), batching_.global_batch);
}

int64_t EpochPlan::rows_of(int64_t step) const {
  FS_CHECK(step >= 0 && step < num_steps(), "step {} of {} in epoch {}", step, num_steps(), epoch_);
  return std::min(batching_.global_batch, num_rows() - step * batching_.global_batch);
}

int64_t EpochPlan::num_micro_batches(int64_t step) const {
  return ceil_div(rows_of(step), batching_.micro_batch);
}

EpochPlan::Samples EpochPlan::samples_of_row(int64_t row) const {
  if (batching_.order == Order::Shuffled) {
    const uint64_t seed =
        CounterRng(CounterRng(batching_.seed, kRowsStream).bits(0), static_cast<uint64_t>(epoch_)).bits(0);
    row = static_cast<int64_t>(permuted(static_cast<uint64_t>(row), static_cast<uint64_t>(num_rows()), seed));
  }
  if (!packed_) return {mixture_.at(epoch_, row)};
  Samples samples;
  for (const uint32_t position : (*packed_)[row]) samples.push_back(mixture_.at(epoch_, int64_t{position}));
  return samples;
}

std::span<const SampleId> micro_batch_or_none(const std::vector<EpochPlan::Samples>& micro_batches,
                                              int64_t number) {
  if (number >= std::ssize(micro_batches)) return {};
  return micro_batches[static_cast<size_t>(number)];
}

std::vector<EpochPlan::Samples> EpochPlan::micro_batches(int64_t step) const {
  const int64_t first = step * batching_.global_batch, count = rows_of(step);
  std::vector<std::pair<int64_t, Samples>> rows;  // with their costs
  for (int64_t r = first; r < first + count; ++r) {
    auto& [cost, samples] = rows.emplace_back(0, samples_of_row(r));
    for (const SampleId s : samples) cost += length_(s) * length_(s);
  }
  // The dearest first: where the last micro-step has fewer micro-batches than ranks, they are the cheapest.
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Samples> out(static_cast<size_t>(num_micro_batches(step)));
  for (size_t r = 0; r < rows.size(); ++r) {
    Samples& micro_batch = out[r / static_cast<size_t>(batching_.micro_batch)];
    micro_batch.insert(micro_batch.end(), rows[r].second.begin(), rows[r].second.end());
  }
  return out;
}

}  // namespace fullshard::data
