#include "fullshard/train/inputs.hpp"

#include "fullshard/core/hash.hpp"

namespace fullshard::train {

namespace {

data::DatasetOptions options_of(const config::RunConfig& run, const config::ModelConfig& model) {
  return {.stage = run.stage == config::Stage::Pretrain ? data::Stage::Pretrain : data::Stage::Finetune,
          .columns = {run.columns.prompt, run.columns.response, run.columns.text},
          .cutoff_len = run.cutoff_len,
          .vocab_size = model.vocab_size};
}

// Ready-made tokens need no tokenizer, so a model directory may lack one.
std::optional<data::Tokenizer> tokenizer_of(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "tokenizer.json")) return std::nullopt;
  return data::Tokenizer::load(directory);
}

}  // namespace

Inputs load_inputs(const config::RunConfig& run) {
  Inputs in;
  in.model = config::load_model_config(run.model_name_or_path / "config.json");
  const std::optional<data::Tokenizer> tokenizer = tokenizer_of(run.model_name_or_path);
  const data::Tokenizer* t = tokenizer ? &*tokenizer : nullptr;
  in.train = data::read_dataset(run.dataset, t, options_of(run, in.model));
  if (!run.eval_dataset.empty()) {
    in.validation = data::read_dataset(run.eval_dataset, t, options_of(run, in.model));
  } else if (run.val_size > 0) {
    data::Split split = data::split_validation(in.train, run.val_size, run.data_seed.value_or(run.seed));
    in.train = std::move(split.train);
    in.validation = std::move(split.validation);
  }
  in.pad_id = static_cast<int32_t>(
      in.model.pad_token_id.value_or(tokenizer && tokenizer->pad_id() ? *tokenizer->pad_id() : 0));
  if (in.pad_id < 0 || in.pad_id >= in.model.vocab_size) in.pad_id = 0;
  return in;
}

std::string fingerprint(const data::Dataset& dataset) {
  Digest sum;
  int64_t at = 0;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const data::Sample s = dataset[i];
    sum += digest_of(device_span(s.ids), {2 * at});
    sum += digest_of(device_span(s.labels), {2 * at + static_cast<int64_t>(s.ids.size())});
    at += static_cast<int64_t>(s.ids.size());
  }
  return sum.hex();
}

}  // namespace fullshard::train
