#include <fmt/format.h>

#include <map>

#include "config/run_keys.hpp"
#include "fullshard/config/run_config.hpp"

namespace fullshard::config {
namespace {

constexpr const char* kPreface = R"(# The run file

<!-- Made by `fullshard config --markdown`; a test fails when it is stale. -->

A run file is JSON with `//` and `/* */` comments and trailing commas. `fullshard train RUN.json key=value …` sets
further keys, which win over the file; the keys of a group are dotted (`sharding.strategy=ddp`), a value is JSON and
else a plain string. `--print-config` shows every key with its value and where that comes from, as a run file.

- Paths are relative to the run file; in `key=value` they are relative to the working directory.
- `null` means that a key is not given.
- Nothing is ignored: an unknown key, a key given twice, a value out of range, a contradiction is refused, all problems
  of a file at once, with exit code 2.

## What differs from transformers and LLaMA-Factory

The names are those of transformers' TrainingArguments and of LLaMA-Factory, and so are the meanings and defaults, but:

| key | here | there |
|---|---|---|
| `precision`, `bf16` | bf16 with fp32 master weights is the default; `bf16: false` means fp32 | `bf16: false` trains in the dtype that the model was loaded in |
| `finetuning_type` | always `full` | LLaMA-Factory: `lora` unless given |
| `gradient_checkpointing` | off unless given | LLaMA-Factory: on unless `disable_gradient_checkpointing` |
| `logging_steps` | 10 | 500 |
| `eval_steps` | turns validation on; the end of training is always validated | needs `eval_strategy: steps` |
| `warmup_steps`, `warmup_ratio` | both; a `warmup_steps` below 1 is a share | version 5: `warmup_steps` only; before: two keys |
| `max_steps` | -1 or at least 1; `num_train_epochs: 0` trains nothing | 0 means not given |
| `save_steps`, `eval_steps`, `logging_steps` | whole numbers | below 1 a share of all steps |
| `resume_from_checkpoint` | an unfinished run is continued unless a checkpoint is named; `false` is refused | a new run unless given |
| `overwrite_output_dir` | discards another run only | LLaMA-Factory: starts anew |
| `load_best_model_at_end` | refused: the best checkpoint is named and can be exported | loads it |
| `lr_scheduler_type: constant` | a warm-up beside it is refused | ignores the warm-up |
| `dataset` | file paths, or names where `dataset_dir` is given | LLaMA-Factory: names of a registry, whose `dataset_dir` is `data` |
| `packing` | samples of `sft` never see each other, as with LLaMA-Factory's `neat_packing`; `neat_packing: false` beside it is refused | `packing` alone lets attention cross |
| `interleave_probs` | exact shares | drawn |
| `cutoff_len` | what is behind it is cut, and a sample of which nothing trained is left is a fault | LLaMA-Factory: prompts are cut, too, so that something of each answer is left; with `mask_history` the first turns go first |
| `max_samples` | samples, of `pt` blocks of `cutoff_len`; not of `eval_dataset` | LLaMA-Factory: rows of the file, of both |
| `val_size` | taken before `max_samples` | LLaMA-Factory: after |
| `tokenized_path` | a directory of token stores, each found by what it is made of | LLaMA-Factory: a saved data set, which comes before all keys of data |
| `global_batch_size` | rows of an update, kept when a run goes on with other ranks | – |
)";

constexpr const char* kExitCodes = R"(
## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 2 | usage or configuration |
| 3 | model, data or checkpoint refused |
| 4 | out of memory |
| 5 | communication |
| 6 | loss or gradient not finite; nothing was updated or saved |
| 7 | input or output, e.g. disk full |
| 8 | a GPU or its driver failed |
| 70 | a bug of the program |
| 75 | checkpointed, submit again |
)";

/// Table cells end at a bar.
std::string cell(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string defaults_of(const Key& key, RunConfig& defaults) {
  JsonWriter w;
  key.write(defaults, w);
  return w.str() == "null" || w.str() == "\"\"" || w.str() == "[]" ? "–" : fmt::format("`{}`", w.str());
}

std::string passive_value(const PassiveKey& key) {
  if (key.rule == PassiveKey::Rule::NoEffect) return "any";
  return key.accepted == "[]" ? "`false`"
                              : fmt::format("`{}`", key.accepted.substr(1, key.accepted.size() - 2));
}

std::string passive_table(PassiveKey::Rule rule) {
  std::string out = "| key | accepted | reason |\n|---|---|---|\n";
  for (const PassiveKey& key : passive_keys())
    if (key.rule == rule)
      out += fmt::format("| `{}` | {} | {} |\n", key.name, cell(passive_value(key)), cell(key.doc));
  return out;
}

}  // namespace

std::string config_markdown() {
  RunConfig defaults;
  std::string out = kPreface;
  std::string section;
  for (const Key& key : run_keys()) {
    if (key.section != section) {
      section = key.section;
      out += fmt::format("\n## {}\n\n| key | type | default | meaning |\n|---|---|---|---|\n", section);
    }
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, cell(key.type), defaults_of(key, defaults),
                       cell(key.doc));
  }
  out += "\n## Other names\n\n| key | stands for | type | meaning |\n|---|---|---|---|\n";
  for (const Alias& alias : run_aliases())
    out += fmt::format("| `{}` | `{}` | {} | {} |\n", alias.name, alias.target, alias.type, cell(alias.doc));
  out +=
      "\n## Refused\n\nKeys of other programs that ask for what is not done. What is accepted says what "
      "happens anyway.\n\n";
  out += passive_table(PassiveKey::Rule::RefusedUnless);
  out += "\n## Without effect\n\nKeys of other programs that are accepted and change nothing here.\n\n";
  out += passive_table(PassiveKey::Rule::NoEffect);
  return out + kExitCodes;
}

}  // namespace fullshard::config
