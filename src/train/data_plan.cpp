#include "fullshard/train/data_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "fullshard/core/check.hpp"

namespace fullshard::train {

namespace {

// `pt` packs what is isolated; what is joined fills its rows already.
std::optional<int64_t> row_length(const config::RunConfig& run) {
  const bool packed = run.stage == config::Stage::Finetune ? run.packing == true : run.neat_packing == true;
  return packed ? std::optional(run.cutoff_len) : std::nullopt;
}

data::LengthOf length_in(std::vector<const data::SampleSource*> sources) {
  return [sources = std::move(sources)](data::SampleId s) {
    return sources[static_cast<size_t>(s.source)]->length(s.index);
  };
}

data::MixStrategy strategy(config::MixStrategy s) {
  return s == config::MixStrategy::Concat            ? data::MixStrategy::Concat
         : s == config::MixStrategy::InterleaveUnder ? data::MixStrategy::InterleaveUnder
                                                     : data::MixStrategy::InterleaveOver;
}

std::vector<data::Mixture::Source> shares(const config::RunConfig& run,
                                          const std::vector<config::SourceEntry>& entries,
                                          const std::vector<const data::SampleSource*>& sources) {
  FS_CHECK(entries.size() == sources.size(), "{} sources for {} entries", sources.size(), entries.size());
  std::vector<data::SourceWish> wishes;
  for (size_t s = 0; s < sources.size(); ++s)
    wishes.push_back(
        {.size = std::min(sources[s]->size(), entries[s].max_samples.value_or(sources[s]->size())),
         .epochs = entries[s].epochs,
         .weight = entries[s].weight.value_or(1)});
  const std::vector<int64_t> counts = data::samples_per_epoch(wishes, strategy(run.mix_strategy));
  std::vector<data::Mixture::Source> out;
  for (size_t s = 0; s < sources.size(); ++s) out.push_back({wishes[s].size, counts[s]});
  return out;
}

}  // namespace

std::vector<const data::SampleSource*> sources_of(const Inputs& inputs) {
  std::vector<const data::SampleSource*> all;
  for (const InputSource& source : inputs.train) all.push_back(&source.samples);
  return all;
}

data::RunPlan plan_of(const config::RunConfig& run, const Inputs& inputs, int64_t global_batch) {
  std::vector<config::SourceEntry> wishes;
  for (const InputSource& source : inputs.train) wishes.push_back(source.wish);
  return plan_of(run, wishes, sources_of(inputs), global_batch);
}

std::vector<const data::SampleSource*> validation_of(const Inputs& inputs) {
  std::vector<const data::SampleSource*> all;
  for (const InputSource& source : inputs.validation) all.push_back(&source.samples);
  return all;
}

data::RunPlan plan_of(const config::RunConfig& run, const std::vector<config::SourceEntry>& wishes,
                      const std::vector<const data::SampleSource*>& sources, int64_t global_batch) {
  const auto seed = static_cast<uint64_t>(run.data_seed.value_or(run.seed));
  const data::Order order = run.disable_shuffling ? data::Order::AsInFiles : data::Order::Shuffled;
  return {data::Mixture(shares(run, wishes, sources), seed, order),
          length_in(sources),
          {.global_batch = global_batch,
           .micro_batch = run.per_device_train_batch_size,
           .row_length = row_length(run),
           .seed = seed,
           .order = order}};
}

std::string rows_text(const config::RunConfig& run) {
  const auto length = row_length(run);
  return length ? fmt::format("rows of {} tokens", *length) : "a sample to a row";
}

std::string mixture_text(const data::Mixture& mixture) {
  std::string text;
  for (const data::Mixture::Source& s : mixture.sources())
    text += fmt::format("{}{} of {}", text.empty() ? "" : ", ", s.per_epoch, s.size);
  return text;
}

int64_t total_steps_of(const config::RunConfig& run, data::RunPlan& plan) {
  return run.max_steps ? *run.max_steps : plan.steps_of_epochs(run.num_train_epochs);
}

int64_t longest_row(const config::RunConfig& run, const std::vector<const data::SampleSource*>& sources) {
  if (const auto packed = row_length(run)) return *packed;
  int64_t longest = 0;
  for (const data::SampleSource* source : sources)
    for (int64_t i = 0; i < source->size(); ++i) longest = std::max(longest, source->length(i));
  return longest;
}

data::EpochPlan whole_in_order(const std::vector<const data::SampleSource*>& sources,
                               int64_t rows_of_micro_batch) {
  std::vector<data::Mixture::Source> all;
  int64_t size = 0;
  for (const data::SampleSource* source : sources) {
    all.push_back({source->size(), source->size()});
    size += source->size();
  }
  return {data::Mixture(std::move(all), 0, data::Order::AsInFiles),
          0,
          length_in(sources),
          {.global_batch = size, .micro_batch = rows_of_micro_batch, .order = data::Order::AsInFiles}};
}

}  // namespace fullshard::train
