#include "config/run_data_keys.hpp"

#include "config/run_data_codecs.hpp"

namespace fullshard::config {
namespace {

constexpr int64_t kMostSamples = int64_t{1} << 40;

void source_keys(KeyTable& t) {
  t.key(
      "stage", &RunConfig::stage, choice<Stage>({{"sft", Stage::Finetune}, {"pt", Stage::Pretrain}}),
      "`pt` trains on all tokens of documents, `sft` on what an assistant says. In `pt`, keys that are about "
      "turns, pairs or `too_long` samples are refused.");
  t.key(
      "dataset", &RunConfig::dataset, dataset_entries(),
      "Required, unless `sources` is given. Files or directories, or names of `dataset_dir`; a list, or one "
      "string with commas (docs/data.md).");
  t.key("dataset_dir", &RunConfig::dataset_dir, maybe(file_path()),
        "Directory of the dataset_info.json that names of `dataset` are looked up in.");
  t.key("sources", &RunConfig::sources, source_list(),
        "In place of `dataset`: objects with `dataset` and what an epoch takes of it: `weight` (all or none "
        "have one), `epochs`, `max_samples`.");
  t.key("mix_strategy", &RunConfig::mix_strategy,
        choice<MixStrategy>({{"concat", MixStrategy::Concat},
                             {"interleave_under", MixStrategy::InterleaveUnder},
                             {"interleave_over", MixStrategy::InterleaveOver}},
                            {"interleave_once"}),
        "`concat`: an epoch is every sample of every source. With weights, where the default is "
        "`interleave_under`, an epoch ends when the first source is used up, or with `interleave_over` the "
        "last.");
  t.key("interleave_probs", &RunConfig::interleave_probs, weight_list(),
        "Shares of the sources of `dataset` in an epoch, in their order; exact, not drawn.");
  t.key("max_samples", &RunConfig::max_samples, maybe(whole(1, kMostSamples)),
        "Of each source, the first so many samples are used.");
  for (const auto& [name, at] :
       {std::pair{"prompt", &Columns::prompt}, {"response", &Columns::response}, {"text", &Columns::text}})
    t.key(
        std::string("columns.") + name, [at = at](RunConfig& c) -> std::string& { return c.columns.*at; },
        text(), std::string("Field of a row that holds the ") + name + ", where no registry says it.");
  t.key("eval_dataset", &RunConfig::eval_dataset, dataset_entries(),
        "What the validation loss is taken on, named as in `dataset`.");
  t.key("val_size", &RunConfig::val_size, share_or_count(),
        "Samples taken from the data for validation: a share below 1, or their number. Not beside "
        "`eval_dataset`.");
}

void chat_keys(KeyTable& t) {
  t.key("template", &RunConfig::chat_template_name, maybe(text()),
        "Name of a chat template: docs/chat_templates.md. Absent: that of the model. Given, prompt/response "
        "rows are conversations, too.");
  t.key("chat_template", &RunConfig::chat_template, maybe(given_template()),
        "A Jinja template of your own, or a file with it; not beside `template`.");
  t.key("chat_template_kwargs", &RunConfig::chat_template_kwargs, json_object(),
        "Variables for the template, like `{\"enable_thinking\": false}`; those of a row come before them.");
  t.key("train_on_prompt", &RunConfig::train_on_prompt, flag(), "Trains on everything, not only on turns.");
  t.key("mask_history", &RunConfig::mask_history, flag(), "Trains on the last turn of a conversation only.");
  t.key("roles_to_train", &RunConfig::roles_to_train, text_list(), "Roles whose turns are trained on.");
}

void sample_keys(KeyTable& t) {
  t.key("cutoff_len", &RunConfig::cutoff_len, whole(2, int64_t{1} << 24),
        "Tokens of a training sequence: `pt` cuts into pieces of it; for what is longer in `sft` see "
        "`too_long`.");
  t.key(
      "too_long", &RunConfig::too_long,
      choice<TooLong>({{"truncate", TooLong::Truncate}, {"drop", TooLong::Drop}, {"error", TooLong::Error}}),
      "`sft`: what is done with a sample above `cutoff_len`. What is cut or dropped is counted; a cut that "
      "leaves nothing to train is a bad sample.");
  t.key("bad_samples", &RunConfig::bad_samples,
        choice<BadSamples>({{"error", BadSamples::Error}, {"drop", BadSamples::Drop}}),
        "A row that cannot be trained on ends the run with its file and line, or is counted and dropped.");
  t.key(
      "packing", &RunConfig::packing, maybe(flag()),
      "Several samples share a row of `cutoff_len`, isolated from each other. `pt` joins documents and cuts "
      "them unless `neat_packing` isolates them.");
  t.key("neat_packing", &RunConfig::neat_packing, maybe(flag()),
        "`pt`: documents do not see each other. `sft`: as `packing`, beside which `false` is refused.");
  t.key("disable_shuffling", &RunConfig::disable_shuffling, flag(),
        "Rows are trained on in the files' order.");
  t.key("tokenized_path", &RunConfig::tokenized_path, file_path(),
        "Directory of token stores, shared by all runs (docs/data.md).");
  t.key("preprocessing_num_workers", &RunConfig::preprocessing_num_workers, maybe(whole(1, 1024)),
        "Threads per rank that tokenise; absent: a rank's share of the cores.");
}

}  // namespace

void add_data_keys(KeyTable& t) {
  t.section("Data");
  source_keys(t);
  chat_keys(t);
  sample_keys(t);
}

}  // namespace fullshard::config
