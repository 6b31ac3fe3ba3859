#include "fullshard/prepare/prepared.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fullshard/core/files.hpp"
#include "fullshard/mpi/agree.hpp"

namespace fullshard::prepare {

namespace fs = std::filesystem;

namespace {

/// What text becomes tokens with. Ready-made tokens need none of it, so a model directory may lack it.
struct TextTools {
  std::optional<tokenize::Tokenizer> tokenizer;
  std::optional<chat::ChatTemplate> chat_template;
  Digest tokenizer_digest;
};

Digest digest_of_tokenizer(const fs::path& directory) {
  std::string all;
  for (const char* name : {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
    all += fs::exists(directory / name) ? read_file(directory / name) + '\0' : std::string("\0", 1);
  return digest_of(all);
}

std::optional<chat::ChatTemplate> find_template(const config::RunConfig& run) {
  const fs::path& model = run.model_name_or_path;
  if (run.chat_template_name) return chat::ChatTemplate::named(*run.chat_template_name, model);
  if (const auto& given = run.chat_template)
    return given->text.empty() ? chat::ChatTemplate::from_file(given->file, model)
                               : chat::ChatTemplate::from_text(given->text, model);
  if (!chat::ChatTemplate::exists(model)) return std::nullopt;
  return chat::ChatTemplate::of_model(model);
}

std::optional<chat::ChatTemplate> template_of(const config::RunConfig& run) {
  if (run.stage == config::Stage::Pretrain) return std::nullopt;
  std::optional<chat::ChatTemplate> chat_template = find_template(run);
  if (chat_template) chat_template->set_variables(run.chat_template_kwargs);
  return chat_template;
}

TextTools text_tools(const config::RunConfig& run) {
  const fs::path& model = run.model_name_or_path;
  TextTools tools;
  tools.chat_template = template_of(run);
  if (!fs::exists(model / "tokenizer.json")) return tools;
  tools.tokenizer = tokenize::Tokenizer::load(model);
  tools.tokenizer_digest = digest_of_tokenizer(model);
  return tools;
}

SampleRules rules_of(const config::RunConfig& run, int64_t vocab_size) {
  SampleRules rules{
      .stage = run.stage,
      .join_documents = run.stage == config::Stage::Pretrain && run.neat_packing != true,
      .cutoff_len = run.cutoff_len,
      .too_long = run.too_long,
      .pairs_are_conversations = run.chat_template_name.has_value() || run.chat_template.has_value(),
      .mask = {},
      .vocab_size = vocab_size};
  rules.mask.roles = run.roles_to_train;
  if (run.train_on_prompt) rules.mask.loss = chat::Loss::Everything;
  if (run.mask_history) rules.mask.loss = chat::Loss::LastTurn;
  return rules;
}

class Preparation {
 public:
  Preparation(const config::RunConfig& run, const PrepareOptions& options, const mpi::Communicator& world)
      : run_(run), world_(world), tools_(mpi::together(world, [&] { return text_tools(run); })) {
    mpi::together(world, [&] {
      if (run.dataset_dir) registry_ = load_registry(*run.dataset_dir);
    });
    store_options_ = {.directory = run.tokenized_path,
                      .rules = rules_of(run, options.vocab_size),
                      .drop_bad_samples = run.bad_samples == config::BadSamples::Drop,
                      .threads = static_cast<int>(run.preprocessing_num_workers.value_or(options.threads)),
                      .tokenizer_digest = tools_.tokenizer_digest,
                      .tokenizer = tools_.tokenizer ? &*tools_.tokenizer : nullptr,
                      .chat_template = tools_.chat_template ? &*tools_.chat_template : nullptr,
                      .board = options.board,
                      .progress = options.progress};
  }

  std::vector<PreparedSource> sources(const std::vector<config::SourceEntry>& wishes, const char* key) {
    std::vector<PreparedSource> all;
    for (const config::SourceEntry& wish : wishes) {
      const SourceFiles files = mpi::together(world_, [&] { return find(wish.dataset, key); });
      PreparedSource source{
          .wish = wish, .name = files.name, .store = source_store(files, store_options_, world_)};
      if (files.num_samples) source.wish.epochs *= passes(*files.num_samples, source);
      all.push_back(std::move(source));
    }
    return all;
  }

 private:
  /// As many samples in an epoch, some more than once where there are fewer, and no more than max_samples.
  static double passes(int64_t num_samples, const PreparedSource& source) {
    const auto bounded = [&](int64_t n) { return std::min(n, source.wish.max_samples.value_or(n)); };
    return static_cast<double>(bounded(num_samples)) / static_cast<double>(bounded(source.store.size()));
  }

  SourceFiles find(const config::DatasetEntry& entry, const char* key) const {
    return find_source(entry, registry_, row_format_of(run_), key);
  }

  const config::RunConfig& run_;
  const mpi::Communicator& world_;
  TextTools tools_;
  Registry registry_;
  StoreOptions store_options_;
};

std::vector<config::SourceEntry> validation_of(const config::RunConfig& run) {
  std::vector<config::SourceEntry> all;
  for (const config::DatasetEntry& entry : run.eval_dataset)
    all.push_back({.dataset = entry, .weight = {}, .epochs = 1, .max_samples = {}});
  return all;
}

}  // namespace

Prepared prepare(const config::RunConfig& run, Parts parts, const PrepareOptions& options,
                 const mpi::Communicator& world) {
  Preparation preparation(run, options, world);
  Prepared out;
  // A part of the training data may be what validates.
  if (parts == Parts::TrainAndValidation || run.eval_dataset.empty())
    out.train = preparation.sources(config::sources_of(run), run.sources.empty() ? "dataset" : "sources");
  out.validation = preparation.sources(validation_of(run), "eval_dataset");
  return out;
}

}  // namespace fullshard::prepare
