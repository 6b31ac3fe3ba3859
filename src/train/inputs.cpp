#include "fullshard/train/inputs.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "fullshard/core/error.hpp"
#include "fullshard/core/hash.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::train {

namespace {

data::Tally tally_of(const std::vector<InputSource>& sources) {
  data::Tally sum;
  std::vector<int32_t> words;
  for (const InputSource& source : sources)
    for (int64_t i = 0; i < source.samples.size(); ++i) {
      words.clear();
      source.samples.read(i, words);
      sum.add(data::sample_digest(words), std::ssize(words), data::trained_in(words));
    }
  return sum;
}

// Whatever they were read from, and under whatever names.
bool same_samples(const data::TokenStore& a, const data::TokenStore& b) {
  if (a.size() != b.size() || a.header().num_tokens != b.header().num_tokens) return false;
  for (int64_t i = 0; i < a.size(); ++i)
    if (a.digest(i) != b.digest(i)) return false;
  return true;
}

/// What is held out of one copy would be trained in the other.
void refuse_copies(const std::vector<prepare::PreparedSource>& sources) {
  for (size_t i = 0; i < sources.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (same_samples(sources[i].store, sources[k].store))
        throw ConfigError(
            "val_size",
            fmt::format("val_size: {} and {} are the same data, and what is held out of one would be "
                        "trained in the other; name it once, with `epochs` in `sources` to train it "
                        "more often",
                        sources[k].name, sources[i].name));
}

/// Takes the stores over and says what of them is trained and what validates.
void take(prepare::Prepared prepared, const config::RunConfig& run, Inputs& in) {
  const size_t num_train = prepared.train.size();
  in.prepared = std::move(prepared.train);
  std::move(prepared.validation.begin(), prepared.validation.end(), std::back_inserter(in.prepared));
  const auto source = [&](size_t i, data::Subset samples) {
    const prepare::PreparedSource& p = in.prepared[i];
    return InputSource{p.name, p.wish, p.store.header().key, p.store.header().ledger, std::move(samples)};
  };
  if (run.eval_dataset.empty() && run.val_size > 0) {
    refuse_copies(in.prepared);
    std::vector<const data::SampleSource*> all;
    for (const prepare::PreparedSource& p : in.prepared) all.push_back(&p.store);
    data::Split split = data::split_validation(all, run.val_size, run.data_seed.value_or(run.seed));
    for (size_t i = 0; i < num_train; ++i) {
      in.train.push_back(source(i, std::move(split.train[i])));
      if (split.validation[i].size() > 0) in.validation.push_back(source(i, std::move(split.validation[i])));
    }
    in.validated = tally_of(in.validation);
  } else {
    for (size_t i = 0; i < in.prepared.size(); ++i)
      (i < num_train ? in.train : in.validation).push_back(source(i, data::Subset(in.prepared[i].store)));
    for (const InputSource& whole : in.validation)
      in.validated += {whole.ledger.samples, whole.ledger.tokens, whole.ledger.trained, {}};
  }
}

}  // namespace

Inputs load_inputs(const config::RunConfig& run, prepare::Parts parts, const InputOptions& options,
                   const mpi::Communicator& world) {
  const bool training = parts == prepare::Parts::TrainAndValidation;
  Inputs in;
  in.model = mpi::together(world, [&] {
    if (!training && run.eval_dataset.empty() && !(run.val_size > 0))
      throw ConfigError("eval_dataset",
                        "eval_dataset: there is nothing to evaluate on; give eval_dataset=FILE or val_size");
    return config::load_model_config(run.model_name_or_path / "config.json");
  });
  prepare::Prepared prepared = prepare::prepare(run, parts,
                                                {.vocab_size = in.model.vocab_size,
                                                 .threads = at::get_num_threads(),
                                                 .board = options.board,
                                                 .progress = options.progress},
                                                world);
  mpi::together(world, [&] { take(std::move(prepared), run, in); });
  if (!training) in.train.clear();
  return in;
}

std::string fingerprint(const Inputs& inputs) {
  std::string text = inputs.validated.hash.hex();
  for (const InputSource& source : inputs.train)
    text += fmt::format(" {}:{}", source.key.hex(), source.samples.size());
  return digest_of(text).hex();
}

}  // namespace fullshard::train
