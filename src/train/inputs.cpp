#include "fullshard/train/inputs.hpp"

#include "fullshard/core/error.hpp"
#include "fullshard/core/hash.hpp"

namespace fullshard::train {

namespace {

data::DatasetOptions options_of(const config::RunConfig& run, const config::ModelConfig& model,
                                ProgressBoard* board) {
  return {.stage = run.stage == config::Stage::Pretrain ? data::Stage::Pretrain : data::Stage::Finetune,
          .documents = run.stage == config::Stage::Pretrain && run.neat_packing ? data::Documents::Isolated
                                                                                : data::Documents::Joined,
          .columns = {run.columns.prompt, run.columns.response, run.columns.text},
          .cutoff_len = run.cutoff_len,
          .vocab_size = model.vocab_size,
          .board = board};
}

// Ready-made tokens need no tokenizer, so a model directory may lack one.
std::optional<tokenize::Tokenizer> tokenizer_of(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory / "tokenizer.json")) return std::nullopt;
  return tokenize::Tokenizer::load(directory);
}

// Both commands come through here, so `evaluate` sees the rows that `train` held out.
class InputReader {
 public:
  explicit InputReader(const config::RunConfig& run, ProgressBoard* board = nullptr)
      : run_(run),
        board_(board),
        model_(config::load_model_config(run.model_name_or_path / "config.json")),
        tokenizer_(tokenizer_of(run.model_name_or_path)) {}

  Inputs empty() const {
    Inputs in;
    in.model = model_;
    return in;
  }
  data::Dataset read(std::span<const std::filesystem::path> files) const {
    return data::read_dataset(files, tokenizer_ ? &*tokenizer_ : nullptr, options_of(run_, model_, board_));
  }
  data::Dataset validation() const {
    std::vector<std::filesystem::path> files;
    for (const config::DatasetEntry& e : run_.eval_dataset) files.push_back(e.path);
    return read(files);
  }
  std::vector<data::Dataset> training() const {
    std::vector<data::Dataset> all;
    for (const config::SourceEntry& s : config::sources_of(run_)) all.push_back(read({&s.dataset.path, 1}));
    return all;
  }
  data::Split split(const std::vector<data::Dataset>& all) const {
    return data::split_validation(all, run_.val_size, run_.data_seed.value_or(run_.seed));
  }

 private:
  const config::RunConfig& run_;
  ProgressBoard* board_;
  config::ModelConfig model_;
  std::optional<tokenize::Tokenizer> tokenizer_;
};

}  // namespace

Inputs load_inputs(const config::RunConfig& run, ProgressBoard* board) {
  const InputReader reader(run, board);
  Inputs in = reader.empty();
  in.train = reader.training();
  for (const data::Dataset& d : in.train) in.read += d.ledger();
  if (!run.eval_dataset.empty()) {
    in.validation = reader.validation();
  } else if (run.val_size > 0) {
    data::Split split = reader.split(in.train);
    in.train = std::move(split.train);
    in.validation = std::move(split.validation);
  }
  return in;
}

Inputs load_validation(const config::RunConfig& run) {
  if (run.eval_dataset.empty() && !(run.val_size > 0))
    throw ConfigError("eval_dataset",
                      "eval_dataset: there is nothing to evaluate on; give eval_dataset=FILE or val_size");
  const InputReader reader(run);
  Inputs in = reader.empty();
  in.validation = run.eval_dataset.empty() ? reader.split(reader.training()).validation : reader.validation();
  return in;
}

std::string fingerprint(std::span<const data::Dataset> datasets) {
  Digest sum;
  int64_t at = 0;
  for (const data::Dataset& dataset : datasets)
    for (int64_t i = 0; i < dataset.size(); ++i) {
      const data::Sample s = dataset[i];
      sum += digest_of(device_span(s.ids), {2 * at});
      sum += digest_of(device_span(s.labels), {2 * at + static_cast<int64_t>(s.ids.size())});
      at += static_cast<int64_t>(s.ids.size());
    }
  return sum.hex();
}

}  // namespace fullshard::train
